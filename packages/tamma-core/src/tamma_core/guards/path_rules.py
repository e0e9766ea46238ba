"""Judge paths and modes: names that deceive, links, nested repositories, programs."""

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath

from tamma_core.domain.change import FileChange
from tamma_core.domain.guard import Finding
from tamma_core.guards.file_versions import EXECUTABLE, FILE_MODES, GITLINK, LINK, FileVersions
from tamma_core.guards.policy import found, printable

_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\..*)?")
_GIT_SHORT_NAME = re.compile(r"git~\d+|\.?git[ .]*|\.git(::.*)?")
# HFS+ drops these, so that `.g<zero width>it` is `.git` there.
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_BARE_PARTS = ("objects", "refs", "config", "hooks")


def path_findings(files: Sequence[FileVersions]) -> Iterator[Finding]:
    """Judge the paths of a change, alone and together."""
    for file in files:
        trick = "" if file.change.kind == "deleted" else _trick(file.path)
        if trick:
            yield found("path_trick", file.path, trick)
    yield from _bare_repositories(files)


def brings_name(change: FileChange) -> bool:
    """Tell whether a change adds a path that the base does not have."""
    return change.kind in {"added", "renamed"}


def collision_findings(files: Sequence[FileVersions], named: Sequence[str]) -> Iterator[Finding]:
    """Judge new paths beside one another and beside those of the base, which `named` lists."""
    new = [file.path for file in files if brings_name(file.change)]
    gone = {file.old_path for file in files if file.change.kind in {"deleted", "renamed"}}
    alike: dict[str, set[str]] = {_folded(name): set() for name in _with_folders(new)}
    for name in _with_folders(path for path in named if path not in gone):
        if (folded := _folded(name)) in alike:
            alike[folded].add(name)
    for path in new:
        yield from islice(_collisions(path, alike), 1)
    for file in files:
        if (
            file.change.kind == "renamed"
            and file.old_path != file.path
            and _folded(file.old_path) == _folded(file.path)
        ):
            yield found("case_collision", file.path, "it was renamed by changing only the case or accents")


def _collisions(path: str, alike: Mapping[str, set[str]]) -> Iterator[Finding]:
    for name in _with_folders([path]):
        there = alike[_folded(name)]
        if there and name not in there:
            yield found("case_collision", path, f"it differs from `{printable(min(there))}` only in case or accents")
        there.add(name)


def _with_folders(paths: Iterable[str]) -> Iterator[str]:
    """Yield each path, and each folder once."""
    known: set[str] = set()
    for path in paths:
        yield path
        folder = posixpath.dirname(path)
        while folder and folder not in known:
            known.add(folder)
            yield folder
            folder = posixpath.dirname(folder)


def _folded(name: str) -> str:
    """Spell a name as file systems compare it that ignore case and the composition of accents."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def mode_findings(file: FileVersions) -> Iterator[Finding]:
    """Judge what kind of thing a path has become."""
    change = file.change
    if change.new_mode == GITLINK:
        yield found("gitlink", change.path, "a nested repository or submodule was added or moved")
    elif change.old_mode == GITLINK:
        yield found("gitlink_removed", file.old_path, "a submodule was removed or replaced")
    if change.new_mode == LINK:
        yield from _link_findings(file)
    elif change.new_mode not in {"", GITLINK, *FILE_MODES}:
        yield found("unknown_mode", change.path, f"mode {printable(change.new_mode)}")
    elif change.old_mode == LINK:
        yield found("symlink", file.old_path, "a symbolic link was removed")
    if change.new_mode in FILE_MODES:
        yield from _permission_findings(change)


def _permission_findings(change: FileChange) -> Iterator[Finding]:
    if change.new_mode == EXECUTABLE and change.old_mode != EXECUTABLE:
        yield found("executable", change.path, "the file was made executable")
    elif change.old_mode == EXECUTABLE and change.new_mode != EXECUTABLE:
        yield found("executable", change.path, "the file is no longer executable")
    elif change.old_mode == LINK:
        yield found("symlink", change.path, "a symbolic link was replaced by a file")


def _link_findings(file: FileVersions) -> Iterator[Finding]:
    if file.change.old_mode == LINK and file.before == file.after and file.old_path == file.path:
        return
    target = (file.after or b"").decode("utf-8", "surrogateescape")
    shown = printable(target)[:200]
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), target.replace("\\", "/")))
    first = resolved.split("/", 1)[0]
    outside = target.startswith(("/", "\\", "~")) or first == ".." or re.match(r"[A-Za-z]:", target) is not None
    if outside or not target or "\0" in target:
        yield found("symlink_outside", file.path, f"the symbolic link points out of the tree, to `{shown}`")
    elif _is_git_name(first) or any(_is_git_name(part) for part in resolved.split("/")):
        yield found("symlink_outside", file.path, f"the symbolic link points into the git directory, to `{shown}`")
    else:
        yield found("symlink", file.path, f"the symbolic link points to `{shown}`")


def _trick(path: str) -> str:
    if not path or path.startswith("/") or "\\" in path:
        return "the path is empty, absolute or holds a backslash"
    if any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for c in path):
        return "the path holds control, invisible, reordering or undecodable characters"
    return next((trick for part in path.split("/") if (trick := _part_trick(part))), "")


def _part_trick(part: str) -> str:
    if part in {"", ".", ".."}:
        return "the path does not stay where it begins"
    if part != part.strip() or part.endswith("."):
        return "a part of the path begins or ends with a space, or ends with a dot"
    if _is_git_name(part):
        return "a part of the path means `.git` to git or to a file system"
    if _WINDOWS_DEVICE.fullmatch(part.casefold()) or ":" in part:
        return "a part of the path is a device or a stream on Windows"
    return ""


def _is_git_name(part: str) -> bool:
    seen = _IGNORED_BY_HFS.sub("", unicodedata.normalize("NFKC", part)).casefold()
    return seen != "git" and _GIT_SHORT_NAME.fullmatch(seen) is not None


def _bare_repositories(files: Sequence[FileVersions]) -> Iterator[Finding]:
    present = {file.path for file in files if file.change.kind != "deleted"}
    for head in sorted(path for path in present if PurePosixPath(path).name == "HEAD"):
        folder = posixpath.dirname(head)
        inside = f"{folder}/" if folder else ""
        if (
            sum(
                any(p == f"{inside}{part}" or p.startswith(f"{inside}{part}/") for p in present) for part in _BARE_PARTS
            )
            > 1
        ):
            yield found("gitlink", head, "the folder is laid out as a bare git repository")
