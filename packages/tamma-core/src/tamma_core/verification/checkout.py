"""Give fresh trees of commits, nothing in them that is not in the commit."""

import asyncio
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tamma_core.domain.ids import Sha
from tamma_core.verification.running import remove_tree

Exporter = Callable[[Sha, Path], Awaitable[None]]
"""Writes exactly a commit's files into an empty folder."""


class Checkouts:
    """Keep fresh trees under a folder for as long as they are used."""

    def __init__(self, exporter: Exporter, root: Path) -> None:
        self._exporter = exporter
        self._root = root

    @asynccontextmanager
    async def fresh(self, sha: Sha) -> AsyncIterator[Path]:
        """Give a tree of a commit, and take it away again."""
        self._root.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{sha[:12]}-", dir=self._root))
        try:
            await self._exporter(sha, place)
            yield place
        finally:
            await asyncio.to_thread(remove_tree, place)

    @asynccontextmanager
    async def copy(self, tree: Path) -> AsyncIterator[Path]:
        """Give a copy of a tree that nothing writes to meanwhile, and take it away again."""
        self._root.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="copy-", dir=self._root))
        try:
            await asyncio.to_thread(_copy, tree, place)
            yield place
        finally:
            await asyncio.to_thread(remove_tree, place)


def _copy(tree: Path, place: Path) -> None:
    """Copy files, folders and links as they are; whatever else may lie there would wait to be read."""

    def special(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if not _plain((Path(folder) / name).lstat().st_mode)]

    # What cannot be read is not there for the tests either.
    with suppress(shutil.Error):
        shutil.copytree(tree, place, symlinks=True, ignore=special, dirs_exist_ok=True)


def _plain(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
