"""What an agent may leave in a tree and git must not meet: repositories, pipes, devices, endless paths."""

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from tamma_core.sandbox.removal import remove_tree

_LONGEST_PATH_BYTES = 4095
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_OURS = stat.S_IRWXU


@dataclass(slots=True)
class Cleansing:
    """Hold what was removed, as paths below the tree."""

    removed: list[str] = field(default_factory=list)


def names_repository(name: str) -> bool:
    """Tell whether some file system takes a name for `.git`."""
    bare = re.split(r"[\\:]", _IGNORED_BY_HFS.sub("", name), maxsplit=1)[0].rstrip(" .").casefold()
    return bare in {".git", "git~1"}


def cleanse(tree: Path) -> Cleansing:
    """Remove what git must not meet and make the rest readable; every process of the agent is dead by then.

    Links are neither followed nor changed. Paths are taken from the tree's own descriptor, as git will take them.
    """
    tree.chmod(_OURS)
    cleansing = Cleansing()
    root = os.open(tree, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        pending = [""]
        while pending:
            pending.extend(_cleanse_directory(root, pending.pop(), tree, cleansing))
    finally:
        os.close(root)
    return cleansing


def _cleanse_directory(root: int, directory: str, tree: Path, cleansing: Cleansing) -> list[str]:
    below: list[str] = []
    descriptor = os.open(directory or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=root)
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                path = f"{directory}/{entry.name}" if directory else entry.name
                if _unwanted(entry, path):
                    _remove(descriptor, entry.name, tree)
                    cleansing.removed.append(path)
                elif entry.is_dir(follow_symlinks=False):
                    _open_up(descriptor, entry, _OURS)
                    below.append(path)
                elif entry.is_file(follow_symlinks=False):
                    _open_up(descriptor, entry, stat.S_IRUSR)
    finally:
        os.close(descriptor)
    return below


def _unwanted(entry: "os.DirEntry[str]", path: str) -> bool:
    if names_repository(entry.name) or len(os.fsencode(path)) > _LONGEST_PATH_BYTES:
        return True
    return not (entry.is_symlink() or entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False))


def _open_up(parent: int, entry: "os.DirEntry[str]", wanted: int) -> None:
    mode = entry.stat(follow_symlinks=False).st_mode
    if mode & wanted != wanted:
        os.chmod(entry.name, stat.S_IMODE(mode) | wanted, dir_fd=parent)


def _remove(parent: int, name: str, tree: Path) -> None:
    if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=parent)
        return
    os.chmod(name, _OURS, dir_fd=parent)
    doomed = tree.with_name("doomed")
    remove_tree(doomed)
    os.rename(name, doomed, src_dir_fd=parent)
    remove_tree(doomed)
