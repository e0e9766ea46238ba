"""Reach everything that a command started."""
# ruff: noqa: PTH208 - names in /proc are numbers, not paths

import os
import select
import signal
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tamma_core.sandbox.process_table import GONE, ProcessTable


def namespace_of(process: str) -> int:
    """Answer the inode of a process's process namespace."""
    return Path(f"/proc/{process}/ns/pid").stat().st_ino


class Tree(Protocol):
    """Stand for the processes of one command."""

    @property
    def last(self) -> int | None:
        """Answer a descriptor that can be read when every process is gone, if there is such a thing."""
        ...

    def table(self) -> ProcessTable | None:
        """Answer the table of processes, or nothing when they are gone."""
        ...

    def temporary_bytes(self) -> int:
        """Answer what its directories in memory hold."""
        ...

    def terminate(self) -> None:
        """Ask every process to end."""
        ...

    def kill(self) -> None:
        """End every process at once. Idempotent."""
        ...

    def close(self) -> None:
        """Give descriptors back, after the end."""
        ...


class NamespaceTree:
    """Reach a process namespace through its first process."""

    def __init__(self, init: int, namespace: int) -> None:
        """Take the first process, as the host numbers it, and the namespace's inode."""
        self.init = init
        self._namespace = namespace
        self._pidfd = os.pidfd_open(init)
        self._table: ProcessTable | None = None
        self._temporary: list[int] = []

    @property
    def last(self) -> int:
        """Answer the first process's descriptor: the kernel lets it go after all others."""
        return self._pidfd

    def enter(self, temporary: tuple[str, ...]) -> None:
        """Open the inner /proc and directories; only when the wall stands, for before it they are the host's."""
        if self._namespace == namespace_of("self"):
            return  # the wall has no such namespace: what is to be counted would be the host's processes
        root = f"/proc/{self.init}/root"
        opened: list[int] = []
        with suppress(*GONE):
            opened.extend(os.open(f"{root}{path}", os.O_RDONLY | os.O_DIRECTORY) for path in ("/proc", *temporary))
        if len(opened) > len(temporary) and self._alive():
            self._table, self._temporary = ProcessTable(opened[0]), opened[1:]
        else:  # it has ended, and its number may be another's by now
            for descriptor in opened:
                os.close(descriptor)

    def _alive(self) -> bool:
        return not select.select([self._pidfd], [], [], 0)[0]

    def table(self) -> ProcessTable | None:
        """Answer the inner /proc."""
        return self._table

    def temporary_bytes(self) -> int:
        """Add up blocks and a kilobyte for each inode, which is about what the kernel keeps for one."""
        states = [os.fstatvfs(directory) for directory in self._temporary]
        return sum((s.f_blocks - s.f_bfree) * s.f_frsize + (s.f_files - s.f_ffree) * 1024 for s in states)

    def terminate(self) -> None:
        """Send SIGTERM to each member; the first process ignores it and reports how the command ended."""
        if self._namespace == namespace_of("self"):
            return  # as above
        for name in filter(str.isdigit, os.listdir("/proc")):
            with suppress(*GONE):
                if namespace_of(name) == self._namespace:
                    os.kill(int(name), signal.SIGTERM)

    def kill(self) -> None:
        """Kill the first process: the kernel takes all others with it."""
        if self._alive():
            self._hurry()
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _hurry(self) -> None:
        # Among thousands of a fork bomb's children it would wait long for its turn to die. Only root may, and only root needs to.
        with suppress(PermissionError, ProcessLookupError):
            os.sched_setscheduler(self.init, os.SCHED_FIFO, os.sched_param(1))

    def close(self) -> None:
        """Close the inner directories: the memory behind them is freed with the last one."""
        if self._table is not None:
            self._table.close()
            self._table = None
        while self._temporary:
            os.close(self._temporary.pop())
        os.close(self._pidfd)
