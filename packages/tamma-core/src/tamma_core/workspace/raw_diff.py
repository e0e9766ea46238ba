"""Git's machine-readable difference of two trees."""

import os
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from tamma_core.domain.change import ChangeKind, FileChange
from tamma_core.domain.errors import Defect
from tamma_core.domain.ids import Sha

_ABSENT = "000000"
_GITLINK = "160000"
_KINDS: dict[str, ChangeKind] = {
    "A": "added",
    "D": "deleted",
    "M": "modified",
    "R": "renamed",
    "T": "type_changed",
}


def parse_raw(raw: bytes) -> Sequence[FileChange]:
    """Read `diff-tree --raw -z`: `:mode mode blob blob letter`, NUL, path, NUL, and a second path after a rename."""
    try:
        return list(_changes(iter(os.fsdecode(raw).split("\0"))))
    except (ValueError, RuntimeError, IndexError) as error:
        raise Defect(
            "git's difference stops in the middle or is none", hint="look at the repository with git"
        ) from error


def _changes(words: Iterator[str]) -> Iterator[FileChange]:
    for head in words:
        if not head:
            return
        old_mode, new_mode, old_blob, new_blob, letter = head.removeprefix(":").split(" ")
        kind = _KINDS.get(letter[0])
        if kind is None:
            raise Defect(f"git tells of a change of the unknown kind {letter!r}")
        first = next(words)
        path, old_path = (next(words), first) if kind == "renamed" else (first, None)
        yield FileChange(
            path=path,
            kind=kind,
            old_path=old_path,
            old_mode="" if old_mode == _ABSENT else old_mode,
            new_mode="" if new_mode == _ABSENT else new_mode,
            old_blob=None if old_mode == _ABSENT else Sha(old_blob),
            new_blob=None if new_mode == _ABSENT else Sha(new_blob),
        )


def blobs_of(changes: Iterable[FileChange]) -> Sequence[Sha]:
    """Name the blobs of both sides, each once; a gitlink has none."""
    sides = ((side, mode) for change in changes for side, mode in _sides(change))
    return list(dict.fromkeys(side for side, mode in sides if side is not None and mode != _GITLINK))


def _sides(change: FileChange) -> tuple[tuple[Sha | None, str], ...]:
    return (change.old_blob, change.old_mode), (change.new_blob, change.new_mode)


def with_sizes(changes: Iterable[FileChange], sizes: bytes) -> tuple[FileChange, ...]:
    """Add sizes from lines of `blob size`."""
    try:
        known = {blob: int(size) for blob, size in (line.split(" ") for line in sizes.decode().splitlines())}
    except ValueError as error:
        raise Defect("git's sizes of blobs cannot be read", hint="look at the repository with git") from error
    return tuple(
        replace(
            change,
            old_size_bytes=known.get(change.old_blob or "", 0),
            new_size_bytes=known.get(change.new_blob or "", 0),
        )
        for change in changes
    )
