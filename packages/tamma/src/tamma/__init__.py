"""Tamma takes an issue to a merged pull request, unattended."""
