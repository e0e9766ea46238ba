"""Name whose a container is, so that nobody else's is ever taken for a dead harness's."""

import os
from pathlib import Path

from tamma_core.sandbox.process_table import tick_of_begin

LABEL = "tamma.sandbox"
PREFIX = "tamma-container-"


def owner() -> str:
    """Name this process so that no later one has the same name: process namespace, number, tick of its begin."""
    return f"{_namespace()}-{os.getpid()}-{tick_of_begin(os.getpid())}"


def is_dead(named: str) -> bool:
    """Tell whether the owner of that name has ended; those of other process namespaces are not ours to judge."""
    namespace, _, process = named.partition("-")
    number, _, began = process.partition("-")
    return namespace == _namespace() and number.isdigit() and began.partition("-")[0] != tick_of_begin(int(number))


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").stat().st_ino)
