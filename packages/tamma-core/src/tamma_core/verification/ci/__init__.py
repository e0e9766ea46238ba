"""Read what a repository's continuous integration, its Makefile and its justfile run."""
