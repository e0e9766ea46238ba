"""Start the runners of one ecosystem a module so that they report test by test; each is imported when it is used."""
