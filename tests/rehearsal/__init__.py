"""Scripted models for tests: they answer by looking at what they are sent, so a restarted run goes on as it was."""
