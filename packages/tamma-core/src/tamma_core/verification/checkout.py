"""Give fresh trees of commits, nothing in them that is not in the commit."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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
