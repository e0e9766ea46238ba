"""Temporary directories that go with their process, also with one that was killed: the next one removes them."""

import fcntl
import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tamma_core.sandbox.removal import remove_tree


def held_directory(prefix: str, owner: object) -> Path:
    """Make a directory that goes with its owner."""
    made, _ = _made(prefix, Path(tempfile.gettempdir()))
    weakref.finalize(owner, _removed, made)
    return made


@contextmanager
def temporary_directory(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Make a directory, and remove it, whatever was written there."""
    made, held = _made(prefix, parent or Path(tempfile.gettempdir()))
    try:
        yield made
    finally:
        _removed(made)
        os.close(held)


def _made(prefix: str, parent: Path) -> tuple[Path, int]:
    """Make a directory that is known to be in use while a descriptor is open, and remove those whose process was killed."""
    for left in parent.glob(f"{prefix}*"):
        with suppress(OSError):
            if left.stat().st_uid == os.geteuid() and (held := hold(left)) is not None:
                _removed(left)
                os.close(held)
    while True:
        made = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        # Another process that cleans up may take it for left behind in the moment before it is held.
        with suppress(FileNotFoundError):
            held = hold(made)
            if held is not None and made.is_dir():
                return made, held


def _removed(directory: Path) -> None:
    with suppress(OSError):
        remove_tree(directory)


def hold(directory: Path) -> int | None:
    """Hold a directory while the descriptor is open; answer nothing when another process does."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
