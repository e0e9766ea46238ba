"""Lay the tests of one tree over the source of another."""

import os
from collections.abc import Iterator
from pathlib import Path

from tamma_core.domain.suite_paths import is_test_path
from tamma_core.verification.tree import files_below, open_beneath


def overlay_tests(source: Path, target: Path) -> tuple[str, ...]:
    """Copy each test file that differs or is missing in the target; answer the paths that were copied."""
    return tuple(name for name in files_below(source) if is_test_path(name) and _copy(source, target, name))


def _copy(source: Path, target: Path, name: str) -> bool:
    content = _content(source, name)
    if content is None or content == _content(target, name):
        return False
    place = target / name
    if any(folder.is_symlink() for folder in _folders(target, place)):
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.write_bytes(content)
    return True


def _folders(root: Path, place: Path) -> Iterator[Path]:
    for folder in place.parents:
        if folder == root:
            return
        yield folder


def _content(tree: Path, name: str) -> bytes | None:
    try:
        with os.fdopen(open_beneath(tree, name), "rb") as file:
            return file.read()
    except OSError:
        return None
