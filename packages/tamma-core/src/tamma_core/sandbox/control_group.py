"""The kernel's control group of one command: bounds, books and an end for everything in it.

Source: the kernel's Documentation/admin-guide/cgroup-v2.rst.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.sandbox.limits import THREADS_PER_PROCESS


class GroupUse(Record, frozen=True, kw_only=True):
    """Hold what a group has used; memory is the present, without what the kernel would give up at once."""

    user_s: float
    system_s: float
    memory_bytes: int


class ControlGroup:
    """Hold one command and all that it starts, also what nobody waits for and memory that no process shows."""

    def __init__(self, path: Path, bounds: tuple[str, ...], limits: ProcessLimits) -> None:
        """Make the group; raise `OSError` when the kernel refuses."""
        self.path = path
        self.bounds_memory = "memory" in bounds
        self._bounds_processes = "pids" in bounds
        path.mkdir()
        if self.bounds_memory:
            self._write("memory.max", str(limits.memory_bytes))
            # Without these a command would go on from the swap, or lose one process of many.
            self._try("memory.swap.max", "0")
            self._try("memory.oom.group", "1")
        if self._bounds_processes:  # it counts threads; the watchdog is to act first, with the true reason
            self._write("pids.max", str(limits.processes * THREADS_PER_PROCESS))

    @property
    def entrance(self) -> str:
        """Answer the file by which a process goes in: it writes `0` there, or another writes its number."""
        return str(self.path / "cgroup.procs")

    def take(self, pid: int) -> None:
        """Move a process in that has started nothing yet; one that has ended is nobody's."""
        with suppress(ProcessLookupError):
            self._write("cgroup.procs", str(pid))

    def use(self) -> GroupUse:
        """Read the books."""
        cpu = self._table("cpu.stat")
        return GroupUse(
            user_s=cpu.get("user_usec", 0) / 1e6,
            system_s=cpu.get("system_usec", 0) / 1e6,
            memory_bytes=self._memory() if self.bounds_memory else 0,
        )

    def exceeded(self) -> Literal["memory", "processes"] | None:
        """Tell which bound the kernel had to enforce."""
        if self.bounds_memory and self._table("memory.events").get("oom_kill"):
            return "memory"
        return "processes" if self._bounds_processes and self._table("pids.events").get("max") else None

    def populated(self) -> bool:
        """Tell whether a process is in it."""
        return bool(self._table("cgroup.events").get("populated"))

    def kill(self) -> None:
        """Kill all that is in it, and what they fork meanwhile."""
        self._try("cgroup.kill", "1")

    def remove(self) -> None:
        """Remove the empty group; what is not empty is found again at the next start."""
        with suppress(OSError):
            self.path.rmdir()

    def _memory(self) -> int:
        # Files that were read are in the cache, and free to go; files in memory are not.
        parts = self._table("memory.stat")
        cache = parts.get("file", 0) - parts.get("shmem", 0) + parts.get("slab_reclaimable", 0)
        with suppress(OSError, ValueError):
            return max(0, int(self._read("memory.current")) - cache)
        return 0

    def _table(self, name: str) -> dict[str, int]:
        with suppress(OSError):
            rows = (line.split() for line in self._read(name).splitlines())
            return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}  # noqa: PLR2004 - a pair
        return {}

    def _read(self, name: str) -> str:
        return (self.path / name).read_text()

    def _write(self, name: str, value: str) -> None:
        descriptor = os.open(self.path / name, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, value.encode())
        finally:
            os.close(descriptor)

    def _try(self, name: str, value: str) -> None:
        with suppress(OSError):
            self._write(name, value)
