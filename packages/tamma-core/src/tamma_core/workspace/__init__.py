"""Git on the host and trees of files for agents, kept apart."""
