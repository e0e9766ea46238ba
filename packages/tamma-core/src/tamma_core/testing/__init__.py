"""Contract suites of the ports, and fakes, for adapters inside and outside this repository."""
