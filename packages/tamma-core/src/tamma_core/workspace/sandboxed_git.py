"""The git program where it meets a tree: in the sandbox, without network or secrets."""

from collections.abc import Sequence
from pathlib import Path

from tamma_core.domain.errors import InvalidInput, Unavailable
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Mount, ProcessLimits, ProcessResult, Sandbox, SandboxSpec
from tamma_core.workspace.environment import git_environment
from tamma_core.workspace.failures import clean
from tamma_core.workspace.layout import TaskDirectory

_PATH = "/usr/local/bin:/usr/bin:/bin"
_MESSAGES_BYTES = 64 << 10
_LIMITS = ProcessLimits(
    time_s=1800.0, memory_bytes=2 << 30, processes=64, output_bytes=16 << 20, file_bytes=8 << 30, disk_bytes=16 << 30
)
_THEN = 'git "$@" && exec git clean -ffdxq'


class TreeTask(Record, frozen=True, kw_only=True):
    """Name the tree and the index file of one command."""

    tree: Path
    index: str
    writable: bool


class SandboxedGit:
    """Run git on trees that hold other people's files."""

    def __init__(self, sandbox: Sandbox, directory: TaskDirectory) -> None:
        self._sandbox = sandbox
        self._directory = directory

    async def stage(self, tree: Path, index: str) -> None:
        """Take all files of a tree into an index, as they are on disk and without the ignored ones."""
        task = TreeTask(tree=tree, index=index, writable=False)
        await self._run(("git", "add", "--all", "--", "."), task, "taking in the changes")

    async def write(self, tree: Path, index: str, content: str, *, clean_up: bool) -> None:
        """Make a tree hold exactly a commit's files, leaving alone what is right already."""
        argv: tuple[str, ...] = ("git", "read-tree", "--reset", "-u", content)
        if clean_up:
            argv = ("sh", "-c", _THEN, "git", *argv[1:])
        await self._run(argv, TreeTask(tree=tree, index=index, writable=True), "writing the tree")

    async def _run(self, argv: Sequence[str], task: TreeTask, what: str) -> None:
        process = await self._sandbox.start(self._spec(argv, task))
        said = bytearray()
        try:
            async for chunk in process.output():
                said += chunk[: max(0, _MESSAGES_BYTES - len(said))]
            result = await process.wait()
        finally:
            await process.kill()
        _check(result, bytes(said), what)

    def _spec(self, argv: Sequence[str], task: TreeTask) -> SandboxSpec:
        directory = self._directory
        environment = git_environment(path=_PATH, home="/nonexistent", extra={})
        environment["GIT_DIR"] = directory.git_inside
        inside = directory.tree_inside(task.tree)
        environment["GIT_WORK_TREE"] = inside
        environment["GIT_INDEX_FILE"] = f"{directory.index_inside}/{task.index}"
        return SandboxSpec(
            argv=tuple(argv),
            cwd=inside,
            mounts=(Mount(task.tree, inside, writable=task.writable), *directory.staging()),
            environment=environment,
            limits=_LIMITS,
        )


def _check(result: ProcessResult, said: bytes, what: str) -> None:
    if result.ended_by == "exit" and result.exit_code == 0:
        return
    if result.ended_by in {"time", "cancelled"}:
        raise Unavailable(f"{what} was ended by its limit of {result.ended_by}")
    if b"No space left" in said or b"Disk quota" in said:
        raise Unavailable(f"{what} failed: the disk is full", hint="free space below the data directory and go on")
    reason = clean(said) or f"ended by {result.ended_by}, code {result.exit_code}"
    raise InvalidInput(f"git refused {what}: {reason}", hint="look at the tree for files that no commit can hold")
