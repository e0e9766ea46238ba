"""Walls around other people's code: bubblewrap, or none by an explicit word."""
