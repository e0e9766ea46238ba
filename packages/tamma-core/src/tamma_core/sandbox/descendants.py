"""Find everything that a process started, by the parents that /proc tells; with the standard library only."""
# ruff: noqa: PTH208 - names in /proc are numbers, not paths

import os
import signal
from contextlib import suppress

GONE = (FileNotFoundError, ProcessLookupError, PermissionError)


def descendants(root: int) -> list[int]:
    """Answer the living descendants of a process that takes in orphans, the root left out."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (parent := _living_with_parent(name)):
            children.setdefault(parent, []).append(int(name))
    found = list(children.get(root, ()))
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def signal_all(root: int, number: signal.Signals) -> int:
    """Send a signal to every descendant, and tell how many there were."""
    found = descendants(root)
    for pid in found:
        with suppress(*GONE):
            os.kill(pid, number)
    return len(found)


def _living_with_parent(pid: str) -> int:
    with suppress(*GONE):
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
        try:
            fields = os.read(descriptor, 4096).rpartition(b")")[2].split(None, 2)
        finally:
            os.close(descriptor)
        return 0 if fields[0] == b"Z" else int(fields[1])
    return 0
