"""All workspaces of one data directory."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import field

from tamma_core.domain.encryption import check_encrypted
from tamma_core.domain.ids import TaskId
from tamma_core.domain.record import Record
from tamma_core.ports.git_platform import GitRemote
from tamma_core.ports.sandbox import Sandbox
from tamma_core.sandbox.removal import remove_tree
from tamma_core.workspace.address import Address, parse_address
from tamma_core.workspace.agent_tree import AgentSetting, AgentTree
from tamma_core.workspace.cache import RepositoryCache
from tamma_core.workspace.committing import Committing
from tamma_core.workspace.environment import ATTRIBUTES
from tamma_core.workspace.git import Git, GitBounds
from tamma_core.workspace.heard import HeardWorkspace
from tamma_core.workspace.layout import DataDirectory, TaskDirectory
from tamma_core.workspace.locks import exclusively, seize, share
from tamma_core.workspace.objects import Objects, TreeBounds
from tamma_core.workspace.remote import Remote, RemoteOptions
from tamma_core.workspace.sandboxed_git import SandboxedGit
from tamma_core.workspace.workspace import Parts, Workspace, discard

_LOCK_WAIT_S = 60.0
_MERGE_WAIT_S = 600.0


class WorkspaceOptions(Record, frozen=True, kw_only=True):
    """Hold what the operator decides.

    `git_environment` goes to git's own processes on the host (a proxy's address, a certificate store).
    `plain_http` lists each `host:port` that may be reached without encryption; this machine always may.
    `own_paths` shows all directories at their host paths, which a sandbox without mounts needs.
    """

    agent: AgentSetting = field(default_factory=AgentSetting)
    git_environment: Mapping[str, str] = field(default_factory=dict)
    plain_http: Collection[str] = ()
    own_paths: bool = False
    remote: RemoteOptions = field(default_factory=RemoteOptions)
    git: GitBounds = field(default_factory=GitBounds)
    tree: TreeBounds = field(default_factory=TreeBounds)


_DEFAULTS = WorkspaceOptions()


class Workspaces:
    """Open the workspaces of tasks, and remove what ended tasks left."""

    def __init__(self, root: Path, sandbox: Sandbox, options: WorkspaceOptions = _DEFAULTS) -> None:
        self._data = DataDirectory(root.absolute(), own_paths=options.own_paths)
        self._sandbox = sandbox
        self._options = options
        self._git = Git(environment=options.git_environment, bounds=options.git)
        self._checked = False

    async def open(self, task: TaskId, remote: GitRemote) -> Workspace:
        """Make a task's directories or find them again; nothing is fetched, the tree is left as it is."""
        address = parse_address(remote.url)
        check_encrypted("the repository", remote.url, self._options.plain_http)
        directory = self._data.task(task, address.key)
        if not self._checked:
            await self._git.check_version()
            self._checked = True
        self._data.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        use = await share(directory.use, time_s=_LOCK_WAIT_S)
        try:
            cache = RepositoryCache(directory.cache, self._git)
            await cache.prepare()
            await self._prepare(directory)
        except BaseException:
            os.close(use)
            raise
        return HeardWorkspace(task, self._parts(directory, cache, remote, address, use))

    @asynccontextmanager
    async def merging(
        self, repository: str, base: str, on_wait: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncIterator[None]:
        """Hold the right to merge into a base branch, so that our own merges there go one at a time."""
        name = hashlib.sha256(f"{repository}\0{base}".encode()).hexdigest()[:16]
        async with exclusively(self._data.root / "merging" / f"{name}.lock", time_s=_MERGE_WAIT_S, on_wait=on_wait):
            yield

    @asynccontextmanager
    async def opening(
        self, repository: str, on_wait: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncIterator[None]:
        """Hold the right to open a pull request in a repository, so that ours are counted and opened one at a time."""
        # No branch has a space in its name.
        async with self.merging(repository, "open pull requests", on_wait):
            yield

    async def sweep(self, active: Callable[[], Awaitable[Collection[TaskId]]]) -> Sequence[TaskId]:
        """Remove the directories of tasks that are neither active nor open in any process; answer which.

        What is active is asked for after the directories were listed, so that a task that begins meanwhile is safe.
        """
        found = await asyncio.to_thread(self._found)
        known = frozenset(await active())
        return await asyncio.to_thread(self._sweep, [path for path in found if TaskId(path.name) not in known])

    def _found(self) -> list[Path]:
        return sorted(self._data.tasks.iterdir()) if self._data.tasks.exists() else []

    def _sweep(self, ended: Sequence[Path]) -> Sequence[TaskId]:
        removed = [TaskId(path.name) for path in ended if self._sweep_one(path)]
        if self._data.trash.exists():
            for path in self._data.trash.iterdir():
                remove_tree(path)
        return removed

    def _sweep_one(self, path: Path) -> bool:
        use = seize(path / "use.lock")
        if use is None:
            return False
        try:
            discard(self._data, path)
        finally:
            os.close(use)
        return True

    async def _prepare(self, directory: TaskDirectory) -> None:
        async with exclusively(directory.lock, time_s=_LOCK_WAIT_S):
            if not (directory.git / "info/attributes").exists():
                await self._git.make(directory.git)
            alternates = directory.objects / "info/alternates"
            await asyncio.to_thread(_add_line, alternates, directory.alternate)
            await asyncio.to_thread(_add_line, directory.git / "info/attributes", ATTRIBUTES)
            for path in (directory.tree, directory.index):
                path.mkdir(exist_ok=True, mode=0o700)

    def _parts(
        self, directory: TaskDirectory, cache: RepositoryCache, remote: GitRemote, address: Address, use: int
    ) -> Parts:
        objects = Objects(self._git, directory.git, self._options.tree)
        return Parts(
            data=self._data,
            directory=directory,
            cache=cache,
            remote=Remote(self._git, remote, address, self._data.askpass, self._options.remote),
            objects=objects,
            committing=Committing(self._git, directory.git, objects),
            sandboxed=SandboxedGit(self._sandbox, directory),
            agent=AgentTree(directory, self._sandbox, self._options.agent),
            use=use,
        )


def _add_line(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    known = path.read_text() if path.exists() else ""
    if line not in known:
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fresh.write_text(known + line)
        fresh.replace(path)
