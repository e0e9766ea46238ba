"""What is taken out of a tree before git looks, and how trees are removed."""

import os
from pathlib import Path

import pytest
from tamma_core.sandbox.removal import remove_tree
from tamma_core.workspace.cleansing import cleanse, names_repository


@pytest.mark.parametrize(
    "name", [".git", ".GIT", "git~1", "Git~1", ".git ", ".git . .", ".git:x", ".git\\y", ".gi\u200dt", "\ufeff.git"]
)
def test_names_of_repositories(name: str) -> None:
    """Each spelling that some file system takes for `.git` is known."""
    assert names_repository(name)


@pytest.mark.parametrize("name", [".gitignore", ".gitmodules", ".github", "git", "x.git", "git~2", ".gitx", "a.git "])
def test_names_of_ordinary_files(name: str) -> None:
    """Names that only look alike stay."""
    assert not names_repository(name)


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A repository outside that a link leads to is not touched; a link named `.git` is removed as a link."""
    outside = tmp_path / "outside"
    (outside / ".git").mkdir(parents=True)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to(outside)
    (tree / ".git").symlink_to(outside)
    assert cleanse(tree).removed == [".git"]
    assert (tree / "link").is_symlink()
    assert (outside / ".git").is_dir()


def test_a_tree_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """Should the tree itself be exchanged for a link, nothing behind it is touched."""
    outside = tmp_path / "outside"
    (outside / ".git").mkdir(parents=True)
    (tmp_path / "tree").symlink_to(outside)
    with pytest.raises(OSError, match="tree"):
        cleanse(tmp_path / "tree")
    assert (outside / ".git").is_dir()


def deepen(root: Path, levels: int, name: str) -> None:
    descriptor = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=descriptor)
        below = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)


@pytest.mark.parametrize(("levels", "name"), [(3000, "d"), (100, "d" * 200)])
def test_endless_directories(tmp_path: Path, levels: int, name: str) -> None:
    """A path longer than any program can name is cut off, and the rest is removed without recursion."""
    tree = tmp_path / "tree"
    tree.mkdir()
    deepen(tree, levels, name)
    assert len(cleanse(tree).removed) == 1
    assert not (tmp_path / "doomed").exists()
    deepen(tree / name, 0, name)
    remove_tree(tree)
    assert not tree.exists()


def test_removing_what_is_not_there_or_a_link(tmp_path: Path) -> None:
    """A missing tree is no error, and of a link only the link goes."""
    remove_tree(tmp_path / "none")
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
