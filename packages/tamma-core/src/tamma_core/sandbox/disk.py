"""Tell how much the writable mounts have grown, in space and in files, without reading them before there is reason to."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.sandbox.process_table import GONE, ProcessTable

SLICE = 2000
"""Entries looked at in one tick of the watchdog: a large tree must not blind it to a fork bomb."""
UNASKED = 200
"""After so many ticks the files are counted without a reason: what others freed meanwhile hides what was written."""
RESERVE = 1 << 30
"""With less than this left on the file system, lost space needs no explanation any more."""


class Growth(Record, frozen=True):
    """Hold space and files together; nothing of it below zero."""

    size_bytes: int = 0
    files: int = 0

    def __add__(self, other: "Growth") -> "Growth":
        """Add both."""
        return Growth(self.size_bytes + other.size_bytes, self.files + other.files)

    def __sub__(self, other: "Growth") -> "Growth":
        """Take away, down to nothing."""
        return Growth(max(0, self.size_bytes - other.size_bytes), max(0, self.files - other.files))

    def exceeds(self, limit: "Growth") -> bool:
        """Tell whether either is more than the limit's."""
        return self.size_bytes > limit.size_bytes or self.files > limit.files


class DiskMeter:
    """Compare the file systems' free space and inodes with the start; count changed files when too much is gone."""

    def __init__(self, roots: tuple[str, ...], limits: ProcessLimits) -> None:
        """Note what is free under the writable host paths."""
        self._roots = roots
        self._limit = Growth(limits.disk_bytes, limits.files)
        self._since = time.time() - 1  # file systems stamp with a coarser clock
        self._devices = {Path(root).stat().st_dev: root for root in roots}
        self._free = {device: _free(root) for device, root in self._devices.items()}
        self._explained = Growth()
        self._walk: Iterator[Growth] | None = None
        self._ticks = 0
        self._counted = Growth()

    def exceeded(self, temporary_bytes: int, table: ProcessTable) -> bool:
        """Tell whether mounts and temporary files together have grown past the limit."""
        temporary = Growth(temporary_bytes)
        if temporary.exceeds(self._limit):
            return True
        gone = self._gone()
        if self._walk is None:
            self._ticks += 1
            if self._ticks < UNASKED and not (temporary + gone - self._explained).exceeds(self._limit):
                return False
            self._ticks = 0
            self._walk, self._counted = self._changed(), Growth(table.deleted_bytes())
        return self._confirm(self._walk, temporary, gone)

    def _gone(self) -> Growth:
        gone = Growth()
        for device, root in self._devices.items():
            with suppress(FileNotFoundError):  # a temporary directory ends with its command
                gone += self._free[device] - _free(root)
        return gone

    def _confirm(self, walk: Iterator[Growth], temporary: Growth, gone: Growth) -> bool:
        batch = list(islice(walk, SLICE))
        self._counted = sum(batch, self._counted)
        if (temporary + self._counted).exceeds(self._limit) or (
            gone.exceeds(self._limit) and any(map(_nearly_full, self._devices.values()))
        ):
            return True
        if len(batch) < SLICE:
            # Others on this machine wrote the rest; look again when as much is gone once more.
            others = gone - self._counted - temporary
            self._explained = others - Growth(others.size_bytes // 8, others.files // 8)
            self._walk = None
        return False

    def _changed(self) -> Iterator[Growth]:
        """Yield what each entry takes, and nothing for what the command did not touch."""
        waiting = list(self._roots)
        seen: set[tuple[int, int]] = set()
        while waiting:
            for status, path in _entries(waiting.pop()):
                if path:
                    waiting.append(path)
                new = status.st_ctime >= self._since and (status.st_dev, status.st_ino) not in seen
                if new and status.st_nlink > 1:
                    seen.add((status.st_dev, status.st_ino))
                yield Growth(status.st_blocks * 512, 1) if new else Growth()


def _entries(directory: str) -> Iterator[tuple[os.stat_result, str]]:
    with suppress(*GONE), os.scandir(directory) as entries:
        for entry in entries:
            with suppress(*GONE):
                status = entry.stat(follow_symlinks=False)
                yield status, entry.path if entry.is_dir(follow_symlinks=False) else ""


def _free(path: str) -> Growth:
    state = os.statvfs(path)
    return Growth(state.f_bavail * state.f_frsize, state.f_ffree)


def _nearly_full(path: str) -> bool:
    with suppress(FileNotFoundError):
        return _free(path).size_bytes < RESERVE
    return False
