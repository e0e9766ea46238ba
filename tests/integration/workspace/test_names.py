"""File names that programs stumble over."""

import contextlib
import os
import socket
from pathlib import Path

import pytest
from integration.workspace.conftest import Bench
from integration.workspace.origin import SIGNED

LONG = "/".join(["d" * 199] * 19 + ["f" * 199])
ODD = [
    "new\nline",
    "-rf",
    "--help",
    "tab\tquote\"'\\",
    " lead and trail ",
    os.fsdecode(b"latin-\xe9"),
    "e\u0301",
    "\u00e9",
    "Case",
    "case",
    "a:b*?[x]",
    ".gitkeep",
    ".github/x",
    "git~2",
    LONG,
]


async def test_odd_names_go_all_the_way(bench: Bench, tmp_path: Path) -> None:
    """Each name is committed, listed, compared, read, pushed, exported and checked out as it is."""
    root = os.open(bench.workspace.tree, os.O_RDONLY)
    try:
        for name in ODD:
            make(root, name)
    finally:
        os.close(root)
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    changes = (await bench.workspace.changes(bench.base, made)).changes
    assert {change.path for change in changes} == set(ODD)
    assert set(ODD) < set(await bench.workspace.list_files(made))
    for name in ODD:
        assert await bench.workspace.read_file(made, name, 5000) == os.fsencode(name)
    assert "+latin" in await bench.workspace.diff_text(bench.base, made, limit_bytes=1 << 20)
    await bench.workspace.push("tamma/1", made, expected=None)
    await bench.workspace.export(made, tmp_path / "x")
    assert (tmp_path / "x" / "-rf").read_text() == "-rf"
    await bench.workspace.checkout(bench.base)
    assert not (bench.workspace.tree / "-rf").exists()
    await bench.workspace.checkout(made)
    assert (bench.workspace.tree / "new\nline").read_text() == "new\nline"
    assert await bench.workspace.commit(parents=[made], **SIGNED) is None


def make(root: int, name: str) -> None:
    *directories, last = name.split("/")
    current = os.dup(root)
    for directory in directories:
        with contextlib.suppress(FileExistsError):
            os.mkdir(directory, dir_fd=current)
        below = os.open(directory, os.O_RDONLY, dir_fd=current)
        os.close(current)
        current = below
    descriptor = os.open(last, os.O_WRONLY | os.O_CREAT, dir_fd=current)
    os.write(descriptor, os.fsencode(name))
    os.close(descriptor)
    os.close(current)


@pytest.mark.parametrize(
    "name", [".GIT", ".gIt", "git~1", "GIT~1", ".git ", ".git.", ".g\u200cit", ".git::$INDEX", ".git\\x"]
)
async def test_what_other_systems_take_for_a_repository(bench: Bench, name: str) -> None:
    """Such a name, at any depth, as a directory or a file, is gone before git meets it; the rest is committed."""
    (bench.workspace.tree / "a" / name).mkdir(parents=True)
    (bench.workspace.tree / "a" / name / "config").write_text("x")
    (bench.workspace.tree / "b").mkdir()
    (bench.workspace.tree / "b" / name).write_text("gitdir: /x")
    (bench.workspace.tree / "b/c").write_text("c")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    assert [change.path for change in (await bench.workspace.changes(bench.base, made)).changes] == ["b/c"]


async def test_pipes_sockets_and_locked_directories(bench: Bench) -> None:
    """Pipes and sockets hang nothing and are not committed; what the agent locked is opened again."""
    tree = bench.workspace.tree
    (tree / "README.md").unlink()
    os.mkfifo(tree / "README.md")
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(tree)
        listener.bind("sock")
        os.chdir("/")
    (tree / "locked").mkdir()
    (tree / "locked/file").write_text("x")
    (tree / "locked/file").chmod(0)
    (tree / "locked").chmod(0)
    tree.chmod(0o500)
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    kinds = {change.path: change.kind for change in (await bench.workspace.changes(bench.base, made)).changes}
    assert kinds == {"README.md": "deleted", "locked/file": "added"}
    await bench.workspace.checkout(bench.base)
    assert (tree / "README.md").read_text() == "hello\n"


async def test_links_are_links(bench: Bench, tmp_path: Path) -> None:
    """A link to the outside, also in place of a directory, is committed as a link and never written through."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "app.py").write_text("secret")
    tree = bench.workspace.tree
    (tree / "src/app.py").unlink()
    (tree / "src").rmdir()
    (tree / "src").symlink_to(outside)
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    assert await bench.workspace.read_file(made, "src/app.py", 100) is None
    await bench.workspace.checkout(bench.base)
    assert (tree / "src/app.py").read_text() == "print(1)\n"
    assert (outside / "app.py").read_text() == "secret"
