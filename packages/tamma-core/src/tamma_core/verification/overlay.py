"""Lay the tests of one tree over the source of another."""

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tamma_core.domain.suite_paths import is_test_path
from tamma_core.sandbox.removal import remove_tree
from tamma_core.verification.tree import files_below, make_folders, open_beneath, walk

# Rust's unit tests stand at the end of the source that they test; as rustfmt lays code out, no line within the module begins with a brace.
_BEGIN = re.compile(rb"^#\[cfg\(test\)\]\n(?:#\[.*\n){0,5}mod \w+ \{\n", re.MULTILINE)
_REST = re.compile(rb"(?:(?!\}).*\n)*\}\s*")
_DECLARED = re.compile(rb"^(?:#\[.*\n){0,5}#\[cfg\(test\)\]\n(?:#\[.*\n){0,5}mod \w+;\n", re.MULTILINE)

_PIECE = 1 << 20

IsTest = Callable[[str], bool]


def overlay_tests(source: Path, target: Path, is_test: IsTest = is_test_path) -> tuple[str, ...]:
    """Copy each test file, and what Rust files say of tests in them, that differs or is missing in the target.

    Answers the paths that were written.
    """
    return tuple(name for name in files_below(source) if _copy(source, target, name, is_test))


def restore_tests(
    source: Path, target: Path, is_test: IsTest = is_test_path, places: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Make the tests of the target just those of the source: what it has of its own goes, what it changed comes back.

    With places, what stands there or below is restored too. Answers the paths that were written or removed, none if
    the target left the places alone.
    """
    changed = _restore(source, target, is_test, places)
    if places and not any(within(name, places) and not is_test(name) for name in changed):
        return ()
    return changed


def linked_places(tree: Path, is_test: IsTest = is_test_path) -> frozenset[str]:
    """Answer where links among the tests lead within the tree, and those that stand at such a place."""
    root = os.path.realpath(tree)
    leads = {
        name: os.path.relpath(os.path.realpath(tree / name), root)
        for name in _everything(tree)
        if (tree / name).is_symlink()
    }
    inside = {name: place for name, place in leads.items() if place not in {".", ".."} and not place.startswith("../")}
    places: frozenset[str] = frozenset()
    while more := {inside[name] for name in _judging(tree, inside, is_test, places)} - places:
        places |= more
    return places


def _restore(source: Path, target: Path, is_test: IsTest, places: frozenset[str]) -> tuple[str, ...]:
    kept, there = _everything(source), _everything(target)
    known = frozenset(kept)
    # A name that the source lacks is not looked up there, since a link of the source on the way would be followed.
    removed = [
        name
        for name in _judging(target, there, is_test, places)
        if not (name in known and _same_kind(source / name, target / name))
    ]
    for name in removed:
        (target / name).unlink()
    judging = dict.fromkeys(_judging(source, kept, is_test, places))
    for name in judging:
        _make_way(target, target / name)
    linked = [name for name in judging if _link(source / name, target / name)]
    names = dict.fromkeys((*kept, *there))
    return (*removed, *linked, *(name for name in names if _copy(source, target, name, judging.__contains__)))


def _judging(tree: Path, names: Iterable[str], is_test: IsTest, places: frozenset[str]) -> list[str]:
    """Keep the names of tests and of what stands at the places or below, and of links for a folder of tests."""
    return [
        name
        for name in names
        if is_test(name) or within(name, places) or (is_test(f"{name}/x") and (tree / name).is_symlink())
    ]


def within(name: str, places: frozenset[str]) -> bool:
    """Tell whether a path is at one of the places or below."""
    return bool(places) and not places.isdisjoint((name, *map(str, Path(name).parents)))


def _everything(tree: Path) -> list[str]:
    """List every file and link, without the bounds of a search: one that is overlooked would judge."""
    return [os.path.relpath(os.path.join(folder, name), tree) for folder, _, names in walk(tree) for name in names]  # noqa: PTH118 - on hundreds of thousands


def _make_way(root: Path, place: Path) -> None:
    for folder in reversed(list(_folders(root, place))):
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
    if place.is_dir() and not place.is_symlink():
        remove_tree(place)


def _same_kind(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    return one.is_file()


def _link(source: Path, place: Path) -> bool:
    """Make a link of the source where there is none; answer whether it was missing."""
    if not source.is_symlink() or place.is_symlink():
        return False
    make_folders(place.parent)
    place.unlink(missing_ok=True)
    place.symlink_to(source.readlink())
    return True


def _copy(source: Path, target: Path, name: str, is_test: IsTest) -> bool:
    if is_test(name):
        return _copy_whole(source, target, name)
    return name.endswith(".rs") and _copy_tests_in(source, target, name)


def _copy_whole(source: Path, target: Path, name: str) -> bool:
    place = target / name
    with _opened(source, name) as content:
        if content is None:
            return False
        executable = _is_executable(content)
        with _opened(target, name) as old:
            if old is not None and _is_executable(old) == executable and _same_content(content, old):
                return False
        if any(folder.is_symlink() for folder in _folders(target, place)):
            return False
        content.seek(0)
        make_folders(place.parent)
        place.unlink(missing_ok=True)
        with place.open("xb") as file:
            shutil.copyfileobj(content, file)
        # Git knows this one permission.
        place.chmod(0o755 if executable else 0o644)
    return True


def _copy_tests_in(source: Path, target: Path, name: str) -> bool:
    content = _with_tests_of(_content(source, name), _content(target, name))
    if content is not None:
        (target / name).write_bytes(content)
    return content is not None


def _is_executable(file: BinaryIO) -> bool:
    return bool(os.fstat(file.fileno()).st_mode & stat.S_IXUSR)


def _same_content(one: BinaryIO, other: BinaryIO) -> bool:
    if os.fstat(one.fileno()).st_size != os.fstat(other.fileno()).st_size:
        return False
    pieces = zip(iter(lambda: one.read(_PIECE), b""), iter(lambda: other.read(_PIECE), b""), strict=False)
    return all(a == b for a, b in pieces)


def _with_tests_of(new: bytes | None, old: bytes | None) -> bytes | None:
    """Answer the old source with the new one's module of tests and its names of such files; none where they are the same."""
    if old is None:
        return None
    (program, *before), (_, *after) = _apart(old), _apart(new or b"")
    return None if before == after else b"\n".join((program, *after))


def _apart(source: bytes) -> tuple[bytes, bytes, bytes]:
    """Part a source from the files of tests that it declares, and from the module of tests at its end."""
    end = _tests_at_the_end(source)
    program, inside = (source, b"") if end is None else (source[:end], source[end:])
    declared = b"".join(match[0] for match in _DECLARED.finditer(program))
    return _DECLARED.sub(b"", program), declared, inside


def _tests_at_the_end(source: bytes) -> int | None:
    # Only the last one can reach the end, and trying each would take long in a file made for it.
    last = None
    for begin in _BEGIN.finditer(source):
        last = begin
    return last.start() if last and _REST.fullmatch(source, last.end()) else None


def _folders(root: Path, place: Path) -> Iterator[Path]:
    for folder in place.parents:
        if folder == root:
            return
        yield folder


def _content(tree: Path, name: str) -> bytes | None:
    with _opened(tree, name) as file:
        return file.read() if file is not None else None


@contextmanager
def _opened(tree: Path, name: str) -> Iterator[BinaryIO | None]:
    """Open a regular file to read, none where there is no such."""
    try:
        found = open_beneath(tree, name)
    except OSError:
        yield None
        return
    with os.fdopen(found, "rb") as file:
        yield file
