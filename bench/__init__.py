"""Measure Tamma beside its peers: one program a figure, run by `python -m bench [NAME …]`."""
