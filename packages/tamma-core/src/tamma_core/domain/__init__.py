"""Nouns of Tamma: plain frozen records, without any I/O."""
