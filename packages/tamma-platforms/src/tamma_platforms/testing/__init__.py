"""Fakes that speak the wire of a forge, for tests inside and outside this repository."""
