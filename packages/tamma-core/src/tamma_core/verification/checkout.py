"""Give fresh trees of commits, nothing in them that is not in the commit."""

import asyncio
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.ids import Sha
from tamma_core.sandbox.held_directory import temporary_directory
from tamma_core.verification.tree import walk


class Commits(Protocol):
    """Hold the commits that are judged."""

    async def export(self, sha: Sha, into: Path, /) -> None:
        """Write exactly a commit's files into an empty folder."""

    async def changed_paths(self, base: Sha, head: Sha, /) -> Sequence[str]:
        """Name each path at which two commits differ, in whichever of them it is."""


class Checkouts:
    """Keep fresh trees under a folder for as long as they are used."""

    def __init__(self, commits: Commits, root: Path) -> None:
        self._commits = commits
        self._root = root

    @asynccontextmanager
    async def fresh(self, sha: Sha) -> AsyncIterator[Path]:
        """Give a tree of a commit, and take it away again."""
        with self._place() as place:
            await self._commits.export(sha, place)
            yield place

    @asynccontextmanager
    async def copy(self, tree: Path, limit_bytes: int) -> AsyncIterator[Path]:
        """Give a copy of a tree that nothing writes to meanwhile, and take it away again.

        Raises `InvalidInput` for one that is larger, as its files say of themselves: holes take room in a copy.
        """
        with self._place() as place:
            await asyncio.to_thread(_copy, tree, place, limit_bytes)
            yield place

    @contextmanager
    def _place(self) -> Iterator[Path]:
        self._root.mkdir(parents=True, exist_ok=True)
        with temporary_directory("held-", self._root) as place:
            yield place


def _copy(tree: Path, place: Path, limit_bytes: int) -> None:
    """Copy files, folders and links as they are; whatever else may lie there would wait to be read."""
    left = limit_bytes
    for folder, below, names in walk(tree):
        target = Path(place, os.path.relpath(folder, tree))
        for name in below:
            _make(target / name)
        for name in names:
            path = Path(folder, name)
            status = path.lstat()
            left -= status.st_size
            if left < 0:
                raise InvalidInput(f"its files have more than {limit_bytes >> 20} MB, holes included")
            # What cannot be read is not there for the tests either.
            with suppress(PermissionError):
                if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
                    shutil.copy2(path, target / name, follow_symlinks=False)


def _make(folder: Path) -> None:
    try:
        folder.mkdir()
    except OSError as error:
        raise InvalidInput(f"its folders cannot be made: {error.strerror}") from error
