"""Rehearsed models that speak the vendors' wire protocols, for tests, demonstrations and measurements."""
