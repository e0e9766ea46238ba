"""A changed file before and after, read from the blobs of both trees."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from tamma_core.domain.change import ChangeSet, FileChange
from tamma_core.domain.record import Record

LINK, GITLINK, EXECUTABLE = "120000", "160000", "100755"
FILE_MODES = frozenset({"100644", EXECUTABLE})
_SNIFFED_BYTES = 8000
_DIFFED_LINES = 6000


class FileVersions(Record, frozen=True):
    """Hold both contents of one changed path; none where there is no regular file."""

    change: FileChange
    before: bytes | None
    after: bytes | None

    @property
    def path(self) -> str:
        """Answer the path that the change ends with."""
        return self.change.path

    @property
    def name(self) -> str:
        """Answer the last part of the path, in lower case."""
        return PurePosixPath(self.change.path).name.casefold()

    @property
    def old_text(self) -> str | None:
        """Answer the text before, or none if there was none."""
        return as_text(self.before)

    @property
    def new_text(self) -> str | None:
        """Answer the text after, or none if there is none."""
        return as_text(self.after)

    @property
    def old_path(self) -> str:
        """Answer the path that the change began with."""
        return self.change.old_path or self.change.path


def as_text(content: bytes | None) -> str | None:
    """Decode what is text: UTF-8 without a zero byte."""
    if content is None or b"\0" in content[:_SNIFFED_BYTES]:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        # A character cut in two by the read limit does not make a text binary.
        return content[: error.start].decode() if error.start >= len(content) - 3 and error.start else None


async def read_versions(changes: ChangeSet, limit_bytes: int) -> tuple[FileVersions, ...]:
    """Read both versions of every regular file and link in a change, one file at a time."""
    return tuple([await _read(changes, change, limit_bytes) for change in changes.changes])


async def _read(changes: ChangeSet, change: FileChange, limit: int) -> FileVersions:
    before = after = None
    if change.old_blob is not None and change.old_mode != GITLINK:
        before = await changes.read(change.old_blob, limit)
    if change.new_blob is not None and change.new_mode != GITLINK:
        after = await changes.read(change.new_blob, limit)
    return FileVersions(change, before, after)


class Block(Record, frozen=True):
    """Hold one place where two texts differ; `start` counts the new text's lines from 0."""

    start: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    preceding: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    """The lines of the new text before and after the block, as many as it added."""


def blocks(old: str, new: str) -> tuple[Block, ...]:
    """Compare two texts line by line; beyond some thousand differing lines they are one block."""
    a, b = old.splitlines(), new.splitlines()
    head = _common(zip(a, b, strict=False))
    tail = _common(zip(reversed(a[head:]), reversed(b[head:]), strict=False))
    a_mid, b_mid = a[head : len(a) - tail], b[head : len(b) - tail]
    if not a_mid or not b_mid or max(len(a_mid), len(b_mid)) > _DIFFED_LINES:
        return (_block(a_mid, b, head, head + len(b_mid)),) if a_mid or b_mid else ()
    matcher = SequenceMatcher(None, a_mid, b_mid, autojunk=False)
    return tuple(
        _block(a_mid[i1:i2], b, head + j1, head + j2) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"
    )


def _block(removed: Sequence[str], new: Sequence[str], start: int, end: int) -> Block:
    size = end - start
    before, after = new[max(0, start - size) : start], new[end : end + size]
    return Block(start, tuple(removed), tuple(new[start:end]), tuple(before), tuple(after))


def added_lines(file: FileVersions) -> Iterable[tuple[int, str]]:
    """Yield number (from 1) and text of each line that the change brings."""
    new = file.new_text
    for block in blocks(file.old_text or "", new) if new is not None else ():
        yield from enumerate(block.added, start=block.start + 1)


def _common(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for left, right in pairs:
        if left != right:
            break
        count += 1
    return count
