"""Files beneath a directory, whatever links lead out of it."""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fuzz.test_tools import NoCommands
from tamma_core.agent.beneath import exists_beneath, read_beneath, write_beneath
from tamma_core.agent.tools import EditFile, WorkspaceTools
from tamma_core.domain.errors import InvalidInput


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a workspace beside a secret."""
    (tmp_path / "secret").write_text("canary")
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "a.txt").write_text("inside")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "dirlink").symlink_to(tmp_path)
    os.mkfifo(root / "fifo")
    return root


@pytest.mark.parametrize(
    "path", ["../secret", "link", "dirlink/secret", "/etc/passwd", "sub/../../secret", "fifo", ".", "sub", "a\0b"]
)
def test_nothing_outside_is_read(tree: Path, path: str) -> None:
    """Links, parents, absolute names, pipes and directories are all refused, at once."""
    with pytest.raises(InvalidInput):
        read_beneath(tree, path, limit_bytes=100)


@pytest.mark.parametrize("path", ["../new", "link", "dirlink/new", ".git/config", "sub/.GIT/hooks/x", "fifo"])
def test_nothing_outside_or_of_git_is_written(tree: Path, path: str) -> None:
    """A write through a link leaves its target as it was."""
    with pytest.raises(InvalidInput):
        write_beneath(tree, path, b"overwritten")
    assert (tree.parent / "secret").read_text() == "canary"
    assert not (tree.parent / "new").exists()


def test_files_inside_are_read_written_and_made(tree: Path) -> None:
    """Directories are made on the way, and the workspace's own name is understood."""
    write_beneath(tree, "new/deep/b.txt", b"words")
    write_beneath(tree, "sub/a.txt", b"x")
    assert read_beneath(tree, "/workspace/new/deep/b.txt", limit_bytes=3) == b"wor"
    assert (tree / "sub" / "a.txt").read_bytes() == b"x"
    assert exists_beneath(tree, "sub/a.txt")
    assert not exists_beneath(tree, "link")


class Race:
    """Swap a file for a link to the secret, and a folder for a link to where the secret lies, all the time."""

    file, folder = "sub/race", "moving"

    def __init__(self, tree: Path) -> None:
        file, folder, fresh = tree / self.file, tree / self.folder, tree / "fresh"
        self._steps: tuple[Callable[[], object], ...] = (
            lambda: fresh.write_text("inside"),
            lambda: fresh.replace(file),
            lambda: fresh.symlink_to(tree.parent / "secret"),
            lambda: fresh.replace(file),
            folder.mkdir,
            lambda: shutil.rmtree(folder),
            lambda: folder.symlink_to(tree.parent),
            folder.unlink,
        )
        self._rounds = 0
        self.stop = threading.Event()

    def run(self) -> None:
        """Go round until it is enough."""
        while not self.stop.is_set():
            for step in self._steps:
                with suppress(OSError):  # what is raced with makes files and folders too
                    step()
            self._rounds += 1

    def attempts(self, work: Callable[[], object], rounds: int = 200) -> list[object]:
        """Do something all the time for so many rounds, and answer what it gave when it was not refused."""
        found, end = [], self._rounds + rounds
        while self._rounds < end:
            with suppress(InvalidInput):
                found.append(work())
        return found


@pytest.fixture
def race(tree: Path) -> Iterator[Race]:
    """Begin a race."""
    made = Race(tree)
    swapper = threading.Thread(target=made.run)
    swapper.start()
    yield made
    made.stop.set()
    swapper.join()


def test_link_swapped_in_while_reading_never_leads_out(tree: Path, race: Race) -> None:
    """There is no moment between the check and the use."""
    assert set(race.attempts(lambda: read_beneath(tree, race.file, limit_bytes=100))) <= {b"inside", b""}
    assert not race.attempts(lambda: read_beneath(tree, f"{race.folder}/secret", limit_bytes=100))


@pytest.mark.parametrize("path", [Race.file, f"{Race.folder}/secret", f"{Race.folder}/new/file"])
def test_link_swapped_in_while_writing_never_leads_out(tree: Path, race: Race, path: str) -> None:
    """Neither the file itself nor a folder on the way to it can be exchanged under the write."""
    assert race.attempts(lambda: write_beneath(tree, path, b"overwritten"))
    assert (tree.parent / "secret").read_text() == "canary"
    assert not (tree.parent / "new").exists()


@pytest.mark.parametrize(
    ("path", "old"), [(Race.file, "inside"), (Race.file, "canary"), (f"{Race.folder}/secret", "canary")]
)
def test_link_swapped_in_while_editing_never_leads_out(tree: Path, race: Race, path: str, old: str) -> None:
    """What the tool read inside it writes inside, or not at all."""
    tools = WorkspaceTools(NoCommands(tree), writable=True)
    race.attempts(lambda: asyncio.run(tools.edit_file(EditFile(path, old, f"{old} overwritten"))))
    assert (tree.parent / "secret").read_text() == "canary"


def test_file_with_a_second_name_is_not_written(tree: Path) -> None:
    """A hard link in the tree may be a file of the host's."""
    (tree / "hard").hardlink_to(tree.parent / "secret")
    with pytest.raises(InvalidInput, match="second name"):
        write_beneath(tree, "hard", b"overwritten")
    assert (tree.parent / "secret").read_text() == "canary"
