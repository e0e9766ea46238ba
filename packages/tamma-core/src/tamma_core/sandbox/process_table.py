"""Read the processes of a tree from a /proc that was opened before they could lie about it."""
# ruff: noqa: PTH208 - directories are read by descriptor

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
GONE = (FileNotFoundError, ProcessLookupError, PermissionError, NotADirectoryError)


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold what a tree of processes uses at one moment."""

    processes: int
    threads: int
    resident_bytes: int
    """Sum over processes; shared pages count in each."""
    cpu_s: float
    """Of the living and of the dead that they waited for."""


class ProcessTable:
    """Read one /proc, all of it or only the members of a session."""

    def __init__(self, proc: int, session: int | None = None) -> None:
        """Take over the descriptor of an open /proc directory."""
        self._proc = proc
        self._session = session

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._proc)

    def count(self) -> int:
        """Count processes without looking into them; with a session, at the price of looking."""
        return len(self.members())

    def members(self) -> list[int]:
        """Answer the process ids, as this /proc numbers them."""
        with suppress(*GONE):
            pids = [int(name) for name in os.listdir(self._proc) if name.isdigit()]
            return pids if self._session is None else [pid for pid in pids if self._in_session(pid)]
        return []

    def sample(self) -> Sample:
        """Add up processes, threads and resident memory."""
        rows = [row for pid in self.members() if (row := self._stat(pid))]
        return Sample(
            processes=len(rows),
            threads=sum(int(row[17]) for row in rows),
            resident_bytes=sum(int(row[21]) for row in rows) * PAGE,
            cpu_s=sum(int(ticks) for row in rows for ticks in row[11:15]) / TICKS,
        )

    def proportional_bytes(self) -> int:
        """Add up memory with shared pages divided among their users; slow, and exact."""
        return sum(self._proportional(pid) for pid in self.members())

    def deleted_bytes(self) -> int:
        """Add up the disk space of files that are open but have no name any more."""
        sizes = {
            (status.st_dev, status.st_ino): status.st_blocks * 512
            for pid in self.members()
            for status in self._open_files(pid)
            if status.st_nlink == 0
        }
        return sum(sizes.values())

    def _in_session(self, pid: int) -> bool:
        row = self._stat(pid)
        return bool(row) and int(row[3]) == self._session and row[0] != b"Z"

    def _stat(self, pid: int) -> list[bytes]:
        # A program chooses its own name, brackets and blanks included: fields count from the last bracket.
        return self._read(f"{pid}/stat").rpartition(b")")[2].split()

    def _proportional(self, pid: int) -> int:
        for line in self._read(f"{pid}/smaps_rollup").splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
        row = self._stat(pid)
        return int(row[21]) * PAGE if row else 0

    def _open_files(self, pid: int) -> Iterator[os.stat_result]:
        with suppress(*GONE):
            directory = os.open(f"{pid}/fd", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._proc)
            try:
                for name in os.listdir(directory):
                    with suppress(*GONE):
                        yield os.stat(name, dir_fd=directory)
            finally:
                os.close(directory)

    def _read(self, name: str) -> bytes:
        with suppress(*GONE):
            descriptor = os.open(name, os.O_RDONLY, dir_fd=self._proc)
            try:
                return os.read(descriptor, 65536)
            except ProcessLookupError:
                return b""
            finally:
                os.close(descriptor)
        return b""
