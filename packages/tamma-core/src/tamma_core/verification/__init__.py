"""Run the project's own tests on a commit and on its base, and tell whose fault a failure is."""
