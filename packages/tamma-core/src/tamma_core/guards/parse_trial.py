"""Parse one text in a process of its own, which the kernel ends when it takes too long: `parse_trial.py GRAMMAR ENTRY < text`."""

import importlib
import resource
import signal
import sys

PROCESSOR_S = 1.0
MEMORY_BYTES = 1 << 29


def main(grammar: str, entry: str) -> None:
    """Parse what standard input says; who comes to the end is harmless."""
    import tree_sitter

    parser = tree_sitter.Parser(tree_sitter.Language(getattr(importlib.import_module(grammar), entry)()))
    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.setitimer(signal.ITIMER_PROF, PROCESSOR_S)
    parser.parse(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
