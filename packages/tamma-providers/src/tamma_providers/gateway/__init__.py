"""A gateway through which agents with a loop of their own reach a model: it has the key, counts, and stops at the cap."""
