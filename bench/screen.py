"""Say on standard error what goes on; figures go to standard output."""

import sys


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
