"""Walls around other people's code: bubblewrap, Landlock with seccomp, or none by an explicit word."""
