"""Tell how much the writable mounts have grown, without reading them before there is reason to."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from tamma_core.sandbox.process_table import GONE, ProcessTable

SLICE = 2000
"""Entries looked at in one tick of the watchdog: a large tree must not blind it to a fork bomb."""
RESERVE = 1 << 30
"""With less than this left on the file system, lost space needs no explanation any more."""


class DiskMeter:
    """Compare the file systems' free space with the start; count changed files when too much is gone."""

    def __init__(self, roots: tuple[str, ...], limit_bytes: int) -> None:
        """Note the free space under the writable host paths."""
        self._roots = roots
        self._limit = limit_bytes
        self._since = time.time() - 1  # file systems stamp with a coarser clock
        self._devices = {Path(root).stat().st_dev: root for root in roots}
        self._free = {device: _free(root) for device, root in self._devices.items()}
        self._explained = 0
        self._walk: Iterator[int] | None = None
        self._counted = 0

    def exceeded(self, temporary_bytes: int, table: ProcessTable) -> bool:
        """Tell whether mounts and temporary files together have grown past the limit."""
        if temporary_bytes > self._limit:
            return True
        gone = sum(max(0, self._free[device] - _free(root)) for device, root in self._devices.items())
        if self._walk is None:
            if temporary_bytes + gone - self._explained <= self._limit:
                return False
            self._walk, self._counted = self._changed(), table.deleted_bytes()
        return self._confirm(self._walk, temporary_bytes, gone)

    def _confirm(self, walk: Iterator[int], temporary_bytes: int, gone: int) -> bool:
        batch = list(islice(walk, SLICE))
        self._counted += sum(batch)
        if temporary_bytes + self._counted > self._limit or self._nearly_full(gone):
            return True
        if len(batch) < SLICE:
            # Others on this machine wrote the rest; look again when as much is gone once more.
            self._explained, self._walk = max(0, gone - self._counted - temporary_bytes), None
            self._explained -= self._explained // 8
        return False

    def _nearly_full(self, gone: int) -> bool:
        return gone > self._limit and any(_free(root) < RESERVE for root in self._devices.values())

    def _changed(self) -> Iterator[int]:
        """Yield the disk space of each entry, and nothing for what the command did not touch."""
        waiting = list(self._roots)
        seen: set[tuple[int, int]] = set()
        while waiting:
            for status, path in _entries(waiting.pop()):
                if path:
                    waiting.append(path)
                new = status.st_ctime >= self._since and (status.st_dev, status.st_ino) not in seen
                if new and status.st_nlink > 1:
                    seen.add((status.st_dev, status.st_ino))
                yield status.st_blocks * 512 if new else 0


def _entries(directory: str) -> Iterator[tuple[os.stat_result, str]]:
    with suppress(*GONE), os.scandir(directory) as entries:
        for entry in entries:
            with suppress(*GONE):
                status = entry.stat(follow_symlinks=False)
                yield status, entry.path if entry.is_dir(follow_symlinks=False) else ""


def _free(path: str) -> int:
    state = os.statvfs(path)
    return state.f_bavail * state.f_frsize
