"""Trees for one run: whatever lies in them, they are copied within bounds and taken away again."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.ids import Sha
from tamma_core.verification.checkout import Checkouts
from tamma_core.verification.overlay import restore_tests
from tamma_core.verification.reports.collecting import read_reports, stamps
from tamma_core.verification.tree import make_folders, walk

DEEP = 1200
"""More folders in each other than Python's recursion goes."""
FILE = "/".join(["tests", *["d"] * DEEP, "test_a.py"])
MB = 1 << 20


class Commits:
    """Hold commits with a file at the end of a long path."""

    async def export(self, _: Sha, into: Path) -> None:
        """Write the file."""
        make_folders((into / FILE).parent)
        (into / FILE).write_text("good")

    async def changed_paths(self, _base: Sha, _head: Sha) -> Sequence[str]:
        """Name no path, since each commit is the same."""
        return ()


@pytest.fixture
def checkouts(tmp_path: Path) -> Checkouts:
    """Keep trees in a folder of the test."""
    return Checkouts(Commits(), tmp_path / "trees")


async def test_deep_paths_are_read_copied_and_removed(checkouts: Checkouts, tmp_path: Path) -> None:
    """A committed path of 1,200 folders is no reason to stop, and nothing of it stays."""
    async with checkouts.fresh(Sha("a" * 40)) as base, checkouts.fresh(Sha("b" * 40)) as head:
        assert len(list(walk(head))) == DEEP + 2
        assert len(stamps(head, ".*/test_a.py")) == 1
        found = head / FILE
        found.write_text("bent")
        assert len(restore_tests(base, head)) == 1
        assert found.read_text() == "good"
        async with checkouts.copy(head, MB) as copied:
            assert (copied / found.relative_to(head)).read_text() == "good"
    assert not list((tmp_path / "trees").iterdir())


async def test_what_lies_too_deep_to_be_copied_is_refused(checkouts: Checkouts, tmp_path: Path) -> None:
    """A program goes deeper than a path can say, one folder at a time."""
    tree = tmp_path / "tree"
    tree.mkdir()
    descriptor = os.open(tree, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("x" * 200, dir_fd=descriptor)
        below = os.open("x" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)
    with pytest.raises(InvalidInput, match="too long"):
        async with checkouts.copy(tree, MB):
            pass
    assert not list((tmp_path / "trees").iterdir())


async def test_holes_count_as_what_they_would_take(checkouts: Checkouts, tmp_path: Path) -> None:
    """A file of holes takes no room in the agent's tree, and would fill the disk in a copy."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("a", "b"):
        with (tree / name).open("wb") as file:
            file.truncate(MB)
    with pytest.raises(InvalidInput, match="1 MB, holes included"):
        async with checkouts.copy(tree, MB):
            pass
    async with checkouts.copy(tree, 2 * MB) as copied:
        assert [path.stat().st_size for path in copied.iterdir()] == [MB, MB]


async def test_what_a_killed_process_left_goes(checkouts: Checkouts, tmp_path: Path) -> None:
    """Trees that nobody holds are taken away by the next run, and one in use stays."""
    left = tmp_path / "trees" / "held-of-the-dead"
    left.mkdir(parents=True)
    (left / "file").touch()
    async with checkouts.fresh(Sha("a" * 40)) as first:
        assert not left.exists()
        async with checkouts.fresh(Sha("a" * 40)):
            assert first.exists()


def test_a_report_is_read_up_to_a_size(tmp_path: Path) -> None:
    """Each takes some twenty times its size in memory; the one beside it is read all the same."""
    (tmp_path / "a.xml").touch()
    os.truncate(tmp_path / "a.xml", 50 * MB)
    (tmp_path / "b.xml").write_text("<a/>")
    assert {name: len(data) for name, data in read_reports(tmp_path, ["a.xml", "b.xml"]).items()} == {
        "a.xml": 16 * MB,
        "b.xml": 4,
    }
