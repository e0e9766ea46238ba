"""Files beneath a directory, whatever links lead out of it."""

import os
import threading
from pathlib import Path

import pytest
from tamma_core.agent.beneath import exists_beneath, read_beneath, write_beneath
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


def test_link_swapped_in_while_reading_never_leads_out(tree: Path) -> None:
    """There is no moment between the check and the use."""
    target = tree / "sub" / "race"
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            target.write_text("inside")
            target.unlink()
            target.symlink_to(tree.parent / "secret")
            target.unlink()

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = set()
    try:
        for _ in range(2000):
            try:
                seen.add(read_beneath(tree, "sub/race", limit_bytes=100))
            except InvalidInput:
                continue
    finally:
        stop.set()
        swapper.join()
    assert seen <= {b"inside", b""}
