"""Read the processes of a tree from a /proc that was opened before they could lie about it."""
# ruff: noqa: PTH208 - directories are read by descriptor

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tamma_core.domain.record import Record

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
GONE = (FileNotFoundError, ProcessLookupError, PermissionError, NotADirectoryError)


Life = tuple[int, int]
"""A process's number and the tick that it began in: numbers come again."""


class Times(Record, frozen=True):
    """Hold processor time in seconds, of a program and of the kernel for it."""

    user_s: float = 0.0
    system_s: float = 0.0


class Sample(Record, frozen=True):
    """Hold what a tree of processes uses at one moment."""

    processes: int
    threads: int
    resident_bytes: int
    """Sum over processes; shared pages count in each."""
    times: Mapping[Life, Times]
    """Of each living process, without the dead that it waited for."""


class ProcessTable:
    """Read all of one /proc."""

    def __init__(self, proc: int) -> None:
        """Take over the descriptor of an open /proc directory."""
        self._proc = proc

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._proc)

    def count(self) -> int:
        """Count processes without looking into them."""
        return len(self.members())

    def members(self) -> list[int]:
        """Answer the process ids, as this /proc numbers them."""
        with suppress(*GONE):
            return [int(name) for name in os.listdir(self._proc) if name.isdigit()]
        return []

    def sample(self) -> Sample:
        """Add up processes, threads and resident memory."""
        rows = {pid: row for pid in self.members() if (row := self._stat(pid))}
        return Sample(
            processes=len(rows),
            threads=sum(int(row[17]) for row in rows.values()),
            resident_bytes=sum(int(row[21]) for row in rows.values()) * PAGE,
            times={(pid, int(row[19])): Times(int(row[11]) / TICKS, int(row[12]) / TICKS) for pid, row in rows.items()},
        )

    def proportional_bytes(self, hidden_bytes: int = 0) -> int:
        """Add up memory with shared pages divided among their users; slow, and exact.

        `hidden_bytes` are of files in memory, which count as often as they are not mapped.
        """
        parts = [self._proportional(pid) for pid in self.members()]
        return sum(own for own, _ in parts) + max(hidden_bytes, sum(mapped for _, mapped in parts))

    def written_bytes(self) -> int:
        """Add up what the living, and the dead that they waited for, sent towards disks."""
        return sum(written_by(self._read(f"{pid}/io")) for pid in self.members())

    def deleted_bytes(self, device: int | None = None) -> int:
        """Add up the space of files that are open but have no name (any more), perhaps of one device alone."""
        sizes = {
            (status.st_dev, status.st_ino): status.st_blocks * 512
            for pid in self.members()
            for status in self._open_files(pid)
            if status.st_nlink == 0 and device in {None, status.st_dev}
        }
        return sum(sizes.values())

    def _stat(self, pid: int) -> list[bytes]:
        # A program chooses its own name, brackets and blanks included: fields count from the last bracket.
        return self._read(f"{pid}/stat").rpartition(b")")[2].split()

    def _proportional(self, pid: int) -> tuple[int, int]:
        """Answer a process's own share, and its share of files in memory."""
        lines = (line.split() for line in self._read(f"{pid}/smaps_rollup").splitlines())
        kilobytes = {line[0]: int(line[1]) for line in lines if line[0].startswith(b"Pss")}
        if kilobytes:
            mapped = kilobytes.get(b"Pss_Shmem:", 0)
            return (kilobytes[b"Pss:"] - mapped) * 1024, mapped * 1024
        row = self._stat(pid)
        return (int(row[21]) * PAGE if row else 0), 0

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


def written_by(books: bytes) -> int:
    """Read from a process's `io` file what it sent towards disks."""
    for line in books.splitlines():
        if line.startswith(b"write_bytes:"):
            return int(line.split()[1])
    return 0


def tick_of_begin(pid: int) -> str:
    """Answer when a process of this namespace began, by the clock that all namespaces share; nothing where it is gone."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""
