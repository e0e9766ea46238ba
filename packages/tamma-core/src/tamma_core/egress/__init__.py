"""A proxy that lets commands in the sandbox reach named hosts, and nothing else."""
