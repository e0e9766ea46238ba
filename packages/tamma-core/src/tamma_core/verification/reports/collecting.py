"""Find the report files that a run left, beside those that were there before it."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tamma_core.verification.tree import open_beneath, walk

_MOST_FILES = 400_000
_MOST_BYTES = 64 << 20
_MOST_OF_ONE = 16 << 20
"""A report takes some twenty times its size when it is read; one that is cut cannot be read."""
_SKIPPED = frozenset({".git", "node_modules"})

Stamp = tuple[int, int, int]


def stamps(tree: Path, pattern: str) -> dict[str, Stamp]:
    """Answer what tells whether a file whose path matches was written anew."""
    wanted = re.compile(pattern)
    found: dict[str, Stamp] = {}
    for name, path in _walk(tree):
        if wanted.fullmatch(name):
            status = os.lstat(path)
            found[name] = (status.st_ino, status.st_mtime_ns, status.st_size)
    return found


def read_reports(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read files below a folder, none of them through a link, up to a number of bytes each and together."""
    reports: dict[str, bytes] = {}
    left = _MOST_BYTES
    for name in names:
        try:
            with os.fdopen(open_beneath(folder, name), "rb") as file:
                data = file.read(min(left, _MOST_OF_ONE))
        except OSError:
            continue
        left -= len(data)
        reports[name] = data
    return reports


def written_since(tree: Path, pattern: str, before: dict[str, Stamp]) -> dict[str, bytes]:
    """Read the matching files that a run wrote: what was committed under such a name is nobody's result."""
    after = stamps(tree, pattern)
    return read_reports(tree, sorted(name for name, stamp in after.items() if before.get(name) != stamp))


def _walk(tree: Path) -> Iterator[tuple[str, str]]:
    count = 0
    for folder, below, files in walk(tree):
        below[:] = sorted(name for name in below if name not in _SKIPPED)
        for file in sorted(files):
            count += 1
            if count > _MOST_FILES:
                return
            path = os.path.join(folder, file)  # noqa: PTH118 - on hundreds of thousands of files
            yield os.path.relpath(path, tree), path
