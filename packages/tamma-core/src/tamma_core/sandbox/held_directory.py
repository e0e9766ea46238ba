"""A temporary directory that goes with its process, also with one that was killed."""

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path


def held_directory(prefix: str, owner: object) -> Path:
    """Make a directory that is known to be in use and goes with its owner, and remove those whose process was killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):
            if left.stat().st_uid == os.geteuid() and (held := _lock(left)) is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(held)
    while True:
        made = Path(tempfile.mkdtemp(prefix=prefix))
        # Another process that cleans up may take it for left behind in the moment before it is held.
        with suppress(FileNotFoundError):
            if _lock(made) is not None and made.is_dir():
                weakref.finalize(owner, shutil.rmtree, made, ignore_errors=True)
                return made


def _lock(directory: Path) -> int | None:
    """Hold a directory while the descriptor is open; answer nothing when another process does."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
