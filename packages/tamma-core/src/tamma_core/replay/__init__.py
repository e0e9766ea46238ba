"""Run a recorded task again, without the world, and stop where it does something else."""
