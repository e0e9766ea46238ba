"""One task's commits and tree, from the host's side."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

from tamma_core.domain.change import ChangeSet
from tamma_core.domain.errors import HeadMoved, InvalidInput, PermissionDenied
from tamma_core.domain.ids import Sha, TaskId
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Mount
from tamma_core.sandbox.removal import remove_tree
from tamma_core.workspace.agent_tree import AgentTree
from tamma_core.workspace.cache import RepositoryCache, remove_leftovers
from tamma_core.workspace.cleansing import cleanse
from tamma_core.workspace.committing import Committing, Conflicts, Signature
from tamma_core.workspace.disposable import make_repository
from tamma_core.workspace.index_file import is_whole
from tamma_core.workspace.layout import DataDirectory, TaskDirectory
from tamma_core.workspace.locks import exclusively
from tamma_core.workspace.objects import GITLINK, Objects
from tamma_core.workspace.remote import Remote
from tamma_core.workspace.sandboxed_git import SandboxedGit

_LOCK_WAIT_S = 600.0
_INDEX = "index"


class Parts(Record, frozen=True, kw_only=True):
    """Hold what a workspace is made of."""

    data: DataDirectory
    directory: TaskDirectory
    cache: RepositoryCache
    remote: Remote
    objects: Objects
    committing: Committing
    sandboxed: SandboxedGit
    agent: AgentTree
    use: int
    """Descriptor of the lock that keeps a sweep away."""


class Workspace:
    """Fetch, check out, commit, compare, merge and push for one task.

    Whoever calls `checkout`, `commit` or `close` has ended the agent's processes before.
    """

    def __init__(self, task: TaskId, parts: Parts) -> None:
        self.task = task
        self._parts = parts
        self._directory = parts.directory
        self._objects = parts.objects
        self._open = True

    @property
    def tree(self) -> Path:
        """Answer the directory that the agent sees."""
        return self._directory.tree

    @property
    def repository_key(self) -> str:
        """Name the repository, for what is kept of it between tasks."""
        return self._directory.cache.name

    def history_mounts(self) -> tuple[Mount, ...]:
        """Answer what a disposable repository needs to be shown besides its tree."""
        return self._directory.history()

    def agent(self) -> AgentTree:
        """Answer the agent's side."""
        return self._parts.agent

    async def fetch(self, ref: str) -> Sha:
        """Fetch a branch of the remote into the shared cache; raise `NotFound`."""
        return await self._parts.cache.fetch(self._parts.remote, ref)

    async def checked_out(self) -> Sha | None:
        """Answer the commit that the tree was made from; none before, and after a checkout that did not end."""
        try:
            return Sha(self._directory.checked_out.read_text().strip())
        except FileNotFoundError:
            return None

    async def checkout(self, sha: Sha, *, content: Sha | None = None) -> None:
        """Make the tree hold exactly a commit, or the given tree on top of it, and a fresh repository for the agent.

        Files that are right already stay as they are. Everything else of the agent's is gone.
        """
        directory = self._directory
        commit, tree = await self._objects.commit(sha), await self._objects.bounded_tree(content or sha)
        async with self._alone():
            if await self.checked_out() is None:
                self._forget_index()
            await asyncio.to_thread(self._check_index)
            directory.checked_out.unlink(missing_ok=True)
            await asyncio.to_thread(self._cleanse)
            await self._parts.sandboxed.write(directory.tree, _INDEX, tree, clean_up=True)
            await asyncio.to_thread(self._make_repository, directory.tree, commit, _INDEX)
            await asyncio.to_thread(_write_durably, directory.checked_out, f"{commit}\n")

    async def commit(
        self, *, parents: Sequence[Sha], message: str, authored_at: datetime, author: str, email: str
    ) -> Sha | None:
        """Commit the tree as it is; none when nothing changed. The same tree and arguments give the same commit.

        Raise `InvalidInput` when it holds what no commit may hold.
        """
        signature = Signature(message=message, authored_at=authored_at, author=author, email=email)
        directory = self._directory
        async with self._alone():
            base = await self.checked_out()
            if base is None:
                raise InvalidInput("there is no tree to commit", hint="check a commit out first")
            await asyncio.to_thread(self._cleanse)
            if not await asyncio.to_thread(self._check_index):
                await self._parts.committing.fill_index(directory.index / _INDEX, base)
            await self._parts.sandboxed.stage(directory.tree, _INDEX)
            made = await self._parts.committing.commit_index(directory.index / _INDEX, parents, signature)
            await asyncio.to_thread(self._make_repository, directory.tree, made or parents[0], _INDEX)
        return made

    async def changes(self, base: Sha, head: Sha) -> ChangeSet:
        """Compare two commits, file by file."""
        return await self._objects.changes(base, head)

    async def changed_paths(self, base: Sha, head: Sha) -> Sequence[str]:
        """Name each path at which two commits differ, in whichever of them it is."""
        trees = [await self._objects.tree(sha) for sha in (base, head)]
        return [change.path for change in await self._objects.raw_changes(*trees)]

    async def diff_text(self, base: Sha, head: Sha, *, limit_bytes: int) -> str:
        """Show the difference of two commits; no attribute hides anything."""
        return await self._objects.diff_text(base, head, limit_bytes=limit_bytes)

    async def read_file(self, sha: Sha, path: str, limit: int) -> bytes | None:
        """Answer a file at a commit, at most `limit` bytes of it, or none."""
        return await self._objects.read_file(sha, path, limit)

    async def list_files(self, sha: Sha) -> Sequence[str]:
        """List the paths of a commit's files and links; names that are not UTF-8 hold surrogates."""
        return [entry.path for entry in await self._objects.entries(sha) if entry.mode != GITLINK]

    async def export(self, sha: Sha, into: Path, *, history: bool = False) -> None:
        """Write a commit's files into an empty directory; with `history`, a disposable repository as well."""
        tree = await self._objects.bounded_tree(sha)
        await asyncio.to_thread(_make_empty, into)
        index = f"export-{secrets.token_hex(8)}"
        try:
            await self._parts.sandboxed.write(into, index, tree, clean_up=False)
            if history:
                await asyncio.to_thread(self._make_repository, into, sha, index)
        finally:
            (self._directory.index / index).unlink(missing_ok=True)

    async def contains(self, head: Sha, base: Sha) -> bool:
        """Tell whether `base` is in the history of `head`."""
        return await self._objects.contains(head, base)

    async def merge_base(self, one: Sha, other: Sha) -> Sha | None:
        """Answer the best common ancestor, or none."""
        return await self._objects.merge_base(one, other)

    async def merge(
        self, head: Sha, base: Sha, *, message: str, authored_at: datetime, author: str, email: str
    ) -> Sha | Conflicts:
        """Merge `base` into `head` without touching the tree; the same arguments give the same commit."""
        signature = Signature(message=message, authored_at=authored_at, author=author, email=email)
        async with self._alone():
            return await self._parts.committing.merge(head, base, signature)

    async def rebase(self, head: Sha, onto: Sha, signature: Signature) -> Sha | Conflicts:
        """Put all that `head` changes on top of a commit, as one; the same arguments give the same commit."""
        async with self._alone():
            return await self._parts.committing.rebase(head, onto, signature)

    async def parents(self, sha: Sha) -> tuple[Sha, ...]:
        """List the parents of a commit, the first one first."""
        return await self._objects.parents(sha)

    async def first_parents(self, tip: Sha, since: Sha | None = None, *, limit: int) -> tuple[Sha, ...]:
        """List the first parents of `tip`, after `since` if given, the newest first and `tip` itself included."""
        return await self._objects.first_parents(tip, since, limit)

    async def same_merge(self, one: Sha, other: Sha, merged: Sha) -> bool:
        """Tell whether a commit holds just what a merge of two others without conflict holds."""
        async with self._alone():
            tree = await self._parts.committing.merged_tree(one, other)
        return not isinstance(tree, Conflicts) and tree == await self._objects.tree(merged)

    async def revert(self, landed: Sha, onto: Sha, tip: Sha, signature: Signature) -> Sha | Conflicts | None:
        """Take back, on top of `tip`, what came with `onto..landed`; none when nothing of it is left."""
        async with self._alone():
            return await self._parts.committing.revert(landed, onto, tip, signature)

    async def push(self, branch: str, sha: Sha, *, expected: Sha | None, to_default: bool = False) -> None:
        """Move a branch of the remote from exactly `expected` (none: it is new) to a commit.

        One that is at the commit already is no error. Raise `HeadMoved`, or `PermissionDenied` for the default branch.
        """
        found = await self._parts.remote.ask(self._directory.git, branch)
        if branch == found.default and not to_default:
            raise PermissionDenied(
                f"`{branch}` is the default branch; a task does not push there", hint="push a branch of the task's own"
            )
        actual = found.heads.get(branch)
        if actual not in {expected, sha}:
            raise HeadMoved(f"`{branch}` is at {actual or 'no commit'}, not at {expected}", actual=actual or "")
        await self._parts.remote.push(self._directory.git, branch, await self._objects.commit(sha), expected)

    async def remote_branch(self, branch: str) -> Sha | None:
        """Look where a branch of the remote is now."""
        return (await self._parts.remote.ask(self._directory.git, branch)).heads.get(branch)

    async def delete_remote_branch(self, branch: str, *, expected: Sha) -> None:
        """Remove a branch that is where it is expected; one that is gone is no error."""
        found = await self._parts.remote.ask(self._directory.git, branch)
        actual = found.heads.get(branch)
        if actual is None:
            return
        if branch == found.default:
            raise PermissionDenied(f"`{branch}` is the default branch; a task does not remove it")
        if actual != expected:
            raise HeadMoved(f"`{branch}` is at {actual}, not at {expected}", actual=actual)
        await self._parts.remote.push(self._directory.git, branch, None, expected)

    async def close(self, *, remove: bool) -> None:
        """Let go of the directories, and remove them if asked. Idempotent."""
        if not self._open:
            return
        self._open = False
        try:
            if remove:
                await asyncio.to_thread(discard, self._parts.data, self._directory.path)
        finally:
            os.close(self._parts.use)

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        async with exclusively(self._directory.lock, time_s=_LOCK_WAIT_S):
            await asyncio.to_thread(remove_leftovers, self._directory.git)
            (self._directory.index / f"{_INDEX}.lock").unlink(missing_ok=True)
            yield

    def _check_index(self) -> bool:
        whole = is_whole(self._directory.index / _INDEX)
        if not whole:
            self._forget_index()
        return whole

    def _forget_index(self) -> None:
        (self._directory.index / _INDEX).unlink(missing_ok=True)

    def _cleanse(self) -> None:
        cleanse(self._directory.tree)

    def _make_repository(self, tree: Path, sha: Sha, index: str) -> None:
        make_repository(
            tree, sha=sha, index=self._directory.index / index, objects_inside=f"{self._directory.git_inside}/objects"
        )


def discard(data: DataDirectory, path: Path) -> None:
    """Take a directory out of sight at once, then remove it."""
    data.trash.mkdir(exist_ok=True, mode=0o700)
    doomed = data.trash / f"{path.name}.{secrets.token_hex(8)}"
    with contextlib.suppress(FileNotFoundError):
        path.rename(doomed)
    remove_tree(doomed)


def _make_empty(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise InvalidInput(f"`{path.name}` is not empty", hint="export into a directory of its own")


def _write_durably(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
