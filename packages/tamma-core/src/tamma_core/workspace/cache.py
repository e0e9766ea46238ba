"""One bare repository for each remote, shared by all tasks and processes."""

import asyncio
from pathlib import Path

from tamma_core.domain.errors import TammaError
from tamma_core.domain.ids import Sha
from tamma_core.sandbox.removal import remove_tree
from tamma_core.workspace.branches import tracking_ref
from tamma_core.workspace.git import Git
from tamma_core.workspace.locks import exclusively
from tamma_core.workspace.remote import Remote

_LOCK_WAIT_S = 3600.0


class RepositoryCache:
    """Keep what was fetched; nothing is ever pruned, since tasks draw on these objects."""

    def __init__(self, directory: Path, git: Git) -> None:
        self._directory = directory
        self._git = git

    async def prepare(self) -> None:
        """Make the cache, or heal what a process left that was killed while it wrote. Idempotent."""
        async with exclusively(self._lock, time_s=_LOCK_WAIT_S):
            await self._heal()

    async def fetch(self, remote: Remote, branch: str) -> Sha:
        """Fetch one branch and answer where it is; raise `NotFound` when the remote has none."""
        into = tracking_ref(branch)
        async with exclusively(self._lock, time_s=_LOCK_WAIT_S) as descriptor:
            await self._heal()
            try:
                await remote.fetch(self._directory, branch, into, keep_fds=(descriptor,))
            except TammaError:
                await asyncio.to_thread(remove_leftovers, self._directory)
                raise
            found = await self._git.run(self._directory, "rev-parse", "--verify", f"{into}^{{commit}}")
        return Sha(found.out.decode().strip())

    @property
    def _lock(self) -> Path:
        return self._directory.with_name(f"{self._directory.name}.lock")

    async def _heal(self) -> None:
        # Git processes inherit the lock: who holds it alone knows that every lock file below is dead.
        await asyncio.to_thread(remove_leftovers, self._directory)
        if not (self._directory / "config").exists() or not (self._directory / "refs").exists():
            await self._git.make(self._directory)


def remove_leftovers(git_dir: Path) -> None:
    """Remove lock files and half-written packs; only under the directory's lock."""
    for pattern in ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*", "objects/pack/*.keep", "objects/??/tmp_obj_*"):
        for path in git_dir.glob(pattern):
            path.unlink(missing_ok=True)
    for path in git_dir.glob("objects/tmp_objdir-*"):
        remove_tree(path)
