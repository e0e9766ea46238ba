"""Start the real services that the tests talk to."""
