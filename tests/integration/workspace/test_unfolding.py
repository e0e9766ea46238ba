"""Repositories of a few bytes that stand for more than any machine holds."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from integration.workspace.origin import Origin
from integration.workspace.packs import Pack
from tamma_core.domain.errors import InvalidInput, NotFound
from tamma_core.domain.ids import Sha, TaskId
from tamma_core.ports.git_platform import GitRemote
from tamma_core.ports.sandbox import Sandbox
from tamma_core.workspace.git import GitBounds
from tamma_core.workspace.objects import TreeBounds
from tamma_core.workspace.workspace import Workspace
from tamma_core.workspace.workspaces import WorkspaceOptions, Workspaces

FILE, FOLDER = "100644", "40000"
MIB = 1 << 20
SMALL = GitBounds(memory_bytes=256 * MIB)
Opened = Callable[[WorkspaceOptions], AbstractAsyncContextManager[Workspace]]


@pytest.fixture
def opened(tmp_path: Path, sandbox: Sandbox, remote: GitRemote) -> Opened:
    """Open a workspace under bounds that a test can reach."""

    @asynccontextmanager
    async def open_(options: WorkspaceOptions) -> AsyncIterator[Workspace]:
        workspace = await Workspaces(tmp_path / "data", sandbox, options).open(TaskId("task-1"), remote)
        try:
            yield workspace
        finally:
            await workspace.close(remove=False)

    return open_


def stored(data: Path) -> int:
    """Count the bytes below a data directory."""
    return sum(path.lstat().st_size for path in data.rglob("*") if path.is_file())


def nested(pack: Pack, levels: int, width: int, leaf: Sha) -> Sha:
    """Add trees that each hold the next one `width` times."""
    below, mode = leaf, FILE
    for _ in range(levels):
        below, mode = pack.tree(*((mode, f"{number:03}", below) for number in range(width))), FOLDER
    return below


async def test_a_delta_that_unfolds_to_more_than_memory(origin: Origin, opened: Opened, tmp_path: Path) -> None:
    """A fetch whose objects outgrow git's memory is refused as what it is, and leaves nothing on the disk."""
    pack = Pack()
    big = pack.repeated(bytes(8 * MIB), 24)
    pack.push(origin, pack.tree((FILE, "base", pack.blob(bytes(8 * MIB))), (FILE, "big", big)))
    async with opened(WorkspaceOptions(git=GitBounds(memory_bytes=128 * MIB))) as workspace:
        with pytest.raises(InvalidInput, match=r"(?i)out of memory") as caught:
            await workspace.fetch("main")
    assert "unfolds" in caught.value.hint
    assert stored(tmp_path / "data") < MIB


async def test_deltas_stay_folded_on_disk(origin: Origin, opened: Opened, tmp_path: Path) -> None:
    """A few objects that unfold to hundreds of megabytes take the space of their pack, and are not checked out."""
    pack = Pack()
    noise = os.urandom(MIB // 2)
    files = [(FILE, f"{number:02}", pack.repeated(noise, 30, tail=b"%02d" % number)) for number in range(20)]
    sha = pack.push(origin, pack.tree(*files, (FILE, "base", pack.blob(noise))))
    async with opened(WorkspaceOptions(tree=TreeBounds(size_bytes=100 * MIB))) as workspace:
        assert await workspace.fetch("main") == sha
        assert stored(tmp_path / "data") < 2 * MIB
        with pytest.raises(InvalidInput, match="take more than 100 MiB"):
            await workspace.checkout(sha)
        with pytest.raises(InvalidInput, match="take more than 100 MiB"):
            await workspace.export(sha, tmp_path / "out")
    assert stored(tmp_path / "data") < 2 * MIB


async def test_a_pack_larger_than_a_file_may_be(origin: Origin, opened: Opened, tmp_path: Path) -> None:
    """A fetch without end stops at the bound of a file, and takes away what it had written."""
    origin.write({"noise": os.urandom(4 * MIB)})
    async with opened(WorkspaceOptions(git=GitBounds(file_bytes=MIB))) as workspace:
        with pytest.raises(InvalidInput):
            await workspace.fetch("main")
    assert stored(tmp_path / "data") < MIB


@pytest.mark.parametrize("levels", [6, 12], ids=["a million files", "a billion thousand files"])
async def test_trees_that_hold_one_another(origin: Origin, opened: Opened, tmp_path: Path, levels: int) -> None:
    """Every question that would unfold them is refused, nothing is written, and a single file can still be read."""
    base = origin.write({"a": b"a\n"})
    pack = Pack()
    sha = pack.push(origin, nested(pack, levels, 10, pack.blob(b"boom\n")), "bomb")
    async with opened(WorkspaceOptions(git=SMALL)) as workspace:
        await workspace.checkout(await workspace.fetch("main"))
        assert await workspace.fetch("bomb") == sha
        before = stored(tmp_path / "data")
        unfolding: list[Callable[[], Awaitable[object]]] = [
            lambda: workspace.checkout(sha),
            lambda: workspace.export(sha, tmp_path / "out"),
            lambda: workspace.list_files(sha),
            lambda: workspace.changes(base, sha),
        ]
        for unfold in unfolding:
            with pytest.raises(InvalidInput, match=r"more than|(?i:out of memory)"):
                await unfold()
        assert await workspace.read_file(sha, "/".join(["000"] * levels), 100) == b"boom\n"
        assert stored(tmp_path / "data") == before


async def test_more_files_than_are_allowed(origin: Origin, opened: Opened) -> None:
    """The bound is the operator's, and one file more than it is too many."""
    pack = Pack()
    leaf = pack.blob(b"x")
    fits = pack.push(origin, pack.tree(*((FILE, f"{number:04}", leaf) for number in range(1000))))
    over = pack.push(origin, nested(pack, 3, 11, leaf), "over")
    async with opened(WorkspaceOptions(tree=TreeBounds(files=1000))) as workspace:
        await workspace.checkout(await workspace.fetch("main"))
        assert len(await workspace.list_files(fits)) == 1000
        await workspace.fetch("over")
        with pytest.raises(InvalidInput, match="more than 1000 files"):
            await workspace.checkout(over)


async def test_folders_without_end(origin: Origin, opened: Opened) -> None:
    """Folders in one another without end make git end, not the engine; the refusal is a typed one, and work goes on."""
    origin.write({"a": b"a\n"})
    pack = Pack()
    sha = pack.push(origin, nested(pack, 50_000, 1, pack.blob(b"deep\n")), "deep")
    async with opened(WorkspaceOptions(git=SMALL)) as workspace:
        with pytest.raises(InvalidInput):
            await workspace.fetch("deep")
        with pytest.raises(NotFound):
            await workspace.checkout(sha)
        await workspace.checkout(await workspace.fetch("main"))


async def test_a_small_file_that_grows(origin: Origin, opened: Opened, tmp_path: Path) -> None:
    """A file of nothing, packed to next to nothing, is neither read whole nor written out."""
    sha = origin.write({"zeros": bytes(64 * MIB), "ones": b"1" * 64 * MIB})
    async with opened(WorkspaceOptions(git=SMALL, tree=TreeBounds(size_bytes=100 * MIB))) as workspace:
        assert await workspace.fetch("main") == sha
        assert await workspace.read_file(sha, "zeros", 1000) == bytes(1000)
        with pytest.raises(InvalidInput, match="take more than"):
            await workspace.checkout(sha)
    assert stored(tmp_path / "data") < MIB
