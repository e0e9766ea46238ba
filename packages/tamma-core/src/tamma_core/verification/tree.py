"""Read files of a tree that strangers wrote, without following its links."""

import configparser
import json
import os
import stat
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from tamma_core.domain.toml_text import read_toml_text

_READ_BYTES = 1 << 20
_WALKED_FILES = 20_000
_FILES_OF_A_FOLDER = 2_000
_SKIPPED = frozenset(
    {".git", "node_modules", ".venv", "venv", "vendor", "__pycache__", ".tox", ".nox", "site-packages", "dist", "build"}
)


def read_file(tree: Path, name: str, limit_bytes: int = _READ_BYTES) -> str:
    """Answer a file's text, empty if it is none, a link, or no text."""
    try:
        with os.fdopen(open_beneath(tree, name), "rb") as file:
            return file.read(limit_bytes).decode("utf-8", "replace")
    except OSError:
        return ""


def open_beneath(tree: Path, name: str) -> int:
    """Open a regular file below a folder, no part of its path being a link; raise `OSError` otherwise."""
    folder = os.open(tree, os.O_RDONLY | os.O_DIRECTORY)
    try:
        *folders, last = Path(name).parts
        for part in folders:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = below
        # A pipe would wait for its writer without O_NONBLOCK.
        found = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise OSError(f"{name} is no regular file")
    return found


def has_file(tree: Path, name: str) -> bool:
    """Tell whether there is a regular file of this name."""
    try:
        os.close(open_beneath(tree, name))
    except (OSError, ValueError):
        return False
    return True


def walk(tree: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each folder with the names of folders and of the rest in it, links among the rest; however deep they lie.

    A folder that is taken out of the names is not entered.
    """
    pending = [str(tree)]
    while pending:
        folder = pending.pop()
        below: list[str] = []
        rest: list[str] = []
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                (below if entry.is_dir(follow_symlinks=False) else rest).append(entry.name)
        yield folder, below, rest
        pending += [os.path.join(folder, name) for name in reversed(below)]  # noqa: PTH118 - on hundreds of thousands


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, however many: `mkdir` calls itself for each."""
    missing = [folder]
    while not missing[-1].exists():
        missing.append(missing[-1].parent)
    for place in reversed(missing[:-1]):
        place.mkdir(exist_ok=True)


def files_below(tree: Path, ending: str = "") -> Iterator[str]:
    """Yield the paths of files, those near the root first and tools' own folders left out, some thousands at most."""
    folders, count = deque([tree]), 0
    while folders:
        below, files = _entries(folders.popleft())
        folders.extend(below)
        for file in files[:_FILES_OF_A_FOLDER]:
            count += 1
            if count > _WALKED_FILES:
                return
            if file.name.endswith(ending):
                yield str(file.relative_to(tree))


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """List the folders and the rest of a folder, links among the rest; empty when it cannot be read."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return [], []
    below = [Path(entry) for entry in entries if entry.is_dir(follow_symlinks=False) and entry.name not in _SKIPPED]
    return below, [Path(entry) for entry in entries if not entry.is_dir(follow_symlinks=False)]


def read_toml(tree: Path, name: str, limit_bytes: int = _READ_BYTES) -> Mapping[str, object]:
    """Read a TOML file; one that cannot be read is empty."""
    try:
        return read_toml_text(read_file(tree, name, limit_bytes))
    except ValueError:
        return {}


def read_ini(tree: Path, name: str) -> Mapping[str, Mapping[str, str | None]]:
    """Read the sections of an INI file; one that cannot be read is empty."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(read_file(tree, name))
    # The parser goes on with a value that there is none of, where a line below a bare key is indented.
    except (configparser.Error, ValueError, AttributeError):
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def read_json(tree: Path, name: str) -> Mapping[str, object]:
    """Read a JSON object; one that cannot be read is empty."""
    try:
        value = json.loads(read_file(tree, name) or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def table(value: object, *keys: str) -> Mapping[str, object]:
    """Answer a nested table, empty where the path does not lead to one."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def strings(value: object) -> tuple[str, ...]:
    """Answer the strings of a list, empty where it is none."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
