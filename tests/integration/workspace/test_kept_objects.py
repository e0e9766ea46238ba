"""What a replay's record keeps of a commit: its objects, and none that holds a secret."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from integration.workspace.conftest import Bench
from integration.workspace.origin import SIGNED, Signed
from tamma_core.domain.ids import Sha, TaskId
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.git_platform import GitRemote
from tamma_core.ports.sandbox import Sandbox
from tamma_core.ports.tape import Incomplete, rolled
from tamma_core.record.batch import write_batch
from tamma_core.record.playing import Playing
from tamma_core.record.recording import Recording
from tamma_core.workspace.workspaces import Workspaces
from tamma_store.blob_files import FileBlobs

TASK = TaskId("task-1")
SECRET = "tamma-canary-7f3a91c2d45e"
SHORT = "b7#f3a-91c2"
"""Too short for a piece of it to be known."""
REDACTOR = Redactor((SECRET, SHORT))
BLOCK = 0xFFFF
"""What deflate stores as it is comes in blocks of so many bytes at most."""
UNPACKED_BELOW = 100
"""A fetch of fewer objects writes each to a file."""
NOISE = os.urandom(BLOCK)


def in_a_file(tree: Path) -> None:
    (tree / "settings.py").write_text(f"KEY = '{SECRET}'\n" + "# nothing else\n" * 100)


def across_blocks(tree: Path) -> None:
    (tree / "noise").write_bytes(NOISE[:-5] + SHORT.encode() + NOISE)


def in_a_small_difference(tree: Path) -> None:
    (tree / "one").write_bytes(NOISE)
    (tree / "two").write_bytes(NOISE[:1000] + SECRET.encode() + NOISE[1000:])


def in_a_name(tree: Path) -> None:
    (tree / "src" / SECRET).write_text("x")


def nothing_secret(tree: Path) -> None:
    (tree / "noise").write_bytes(NOISE)


class Kept:
    """Record a commit, and commit it again by the record in a data directory that has what was fetched alone."""

    def __init__(self, bench: Bench, workspaces: Workspaces, remote: GitRemote, folder: Path) -> None:
        self._bench, self._workspaces, self._remote, self._folder = bench, workspaces, remote, folder
        self.blobs = FileBlobs(folder / "blobs")

    async def record(self, signed: Signed = SIGNED) -> tuple[Sha, Recording]:
        """Commit the tree within hearing."""
        tape = Recording(TASK, 1, self.blobs, REDACTOR)
        with rolled(tape):
            made = await self._bench.workspace.commit(parents=[self._bench.base], **signed)
        assert made is not None
        return made, tape

    async def replay(self, tape: Recording, signed: Signed = SIGNED) -> bytes | None:
        """Answer what the replayed commit holds under `noise`; raise `Incomplete`."""
        batch = tape.take()
        for data in (
            write_batch(batch),
            *(path.read_bytes() for path in self._folder.rglob("blobs/**/*") if path.is_file()),
        ):
            assert SECRET.encode() not in data
        workspace = await self._workspaces.open(TASK, self._remote)
        await workspace.fetch("main")
        try:
            with rolled(Playing((batch,), self.blobs, REDACTOR)):
                made = await workspace.commit(parents=[self._bench.base], **signed)
            assert made is not None
            return await workspace.read_file(made, "noise", 1 << 20)
        finally:
            await workspace.close(remove=True)


@pytest.fixture
def kept(bench: Bench, sandbox: Sandbox, remote: GitRemote, tmp_path: Path) -> Kept:
    """Have a record, and a second data directory."""
    return Kept(bench, Workspaces(tmp_path / "replayed", sandbox), remote, tmp_path)


async def test_a_commit_is_taken_from_its_record(bench: Bench, kept: Kept) -> None:
    """Nothing but the record has the commit's objects, and they come out byte for byte."""
    nothing_secret(bench.workspace.tree)
    _, tape = await kept.record()
    assert await kept.replay(tape) == NOISE


@pytest.mark.parametrize("write", [in_a_file, across_blocks, in_a_small_difference, in_a_name])
async def test_objects_with_a_secret_are_not_kept(bench: Bench, kept: Kept, write: Callable[[Path], None]) -> None:
    """However git has written it down: squeezed, cut into blocks, told by a difference, or as a name."""
    write(bench.workspace.tree)
    made, tape = await kept.record()
    with pytest.raises(Incomplete, match=f"{made[:12]} .*holds a secret") as stopped:
        await kept.replay(tape)
    assert "cannot be replayed" in stopped.value.hint


async def test_objects_that_came_packed_are_looked_into(bench: Bench, kept: Kept) -> None:
    """What git has in a pack already, such as a file of another branch, it hands on as it is: squeezed."""
    many = {f"many/{number}": b"%d" % number for number in range(UNPACKED_BELOW)}
    bench.origin.write({**many, "settings.py": f"KEY = '{SECRET}'\n".encode() * 100}, branch="other")
    other = await bench.workspace.fetch("other")
    content = await bench.workspace.read_file(other, "settings.py", 1 << 20)
    assert content is not None
    (bench.workspace.tree / "settings.py").write_bytes(content)
    _, tape = await kept.record()
    with pytest.raises(Incomplete, match="holds a secret"):
        await kept.replay(tape)


async def test_a_message_with_a_secret_is_not_kept(bench: Bench, kept: Kept) -> None:
    """What a commit says is part of it."""
    nothing_secret(bench.workspace.tree)
    signed = Signed(**{**SIGNED, "message": f"Use {SECRET}"})
    _, tape = await kept.record(signed)
    with pytest.raises(Incomplete, match="holds a secret"):
        await kept.replay(tape, signed)
