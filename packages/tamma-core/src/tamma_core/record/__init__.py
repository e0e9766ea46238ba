"""The record of a task: what each claim of it asked of the world, and what the world answered, in the journal."""
