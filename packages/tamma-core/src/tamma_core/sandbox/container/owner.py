"""Name whose a container is, so that nobody else's is ever taken for a dead harness's."""

import os
from contextlib import suppress
from pathlib import Path

LABEL = "tamma.sandbox"
PREFIX = "tamma-container-"


def owner() -> str:
    """Name this process so that no later one has the same name: process namespace, number, tick of its begin."""
    return f"{_namespace()}-{os.getpid()}-{_began(os.getpid())}"


def is_dead(named: str) -> bool:
    """Tell whether the owner of that name has ended; those of other process namespaces are not ours to judge."""
    namespace, _, process = named.partition("-")
    number, _, began = process.partition("-")
    return namespace == _namespace() and number.isdigit() and began.partition("-")[0] != _began(int(number))


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").stat().st_ino)


def _began(pid: int) -> str:
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""
