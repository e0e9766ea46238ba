"""The whole loop on a small real project, with a rehearsed model."""
