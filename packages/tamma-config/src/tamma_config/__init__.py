"""Configuration of Tamma: schema, layers, and errors that name file, line and key."""
