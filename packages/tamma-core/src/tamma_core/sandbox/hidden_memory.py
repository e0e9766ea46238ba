"""Find memory that no process shows: files that live in memory, with a name or without."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from tamma_core.sandbox.process_table import ProcessTable


class HiddenMemory:
    """Count nameless files in memory, which must be looked for at each descriptor, only when the machine's memory tells to."""

    def __init__(self) -> None:
        """Note how much there is now."""
        self._before = _files_in_memory()
        self._device = _nameless_device()

    def suspected_bytes(self) -> int:
        """Answer by how much files in memory have grown, whosever they are; cheap."""
        return max(0, _files_in_memory() - self._before)

    def nameless_bytes(self, table: ProcessTable) -> int:
        """Add up those that the command has open."""
        return table.deleted_bytes(self._device)


def _files_in_memory() -> int:
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_bytes().splitlines()
        return int(next(line for line in lines if line.startswith(b"Shmem:")).split()[1]) * 1024
    return 0


@cache
def _nameless_device() -> int:
    descriptor = os.memfd_create("tamma", os.MFD_CLOEXEC)
    try:
        return os.fstat(descriptor).st_dev
    finally:
        os.close(descriptor)
