"""What this machine refuses, in words: no room, a disk that is read-only, a file of somebody else."""

import errno
import os
import sqlite3
from pathlib import Path

from tamma_core.domain.errors import TammaError, Unavailable
from tamma_store.errors import from_sqlite

_ROOM = "free space on that disk, and go on; what was journaled is kept"
_REFUSALS = {
    errno.ENOSPC: ("no room is left on the disk", _ROOM),
    errno.EDQUOT: ("the disk quota is used up", _ROOM),
    errno.EROFS: ("the disk is read-only", "make it writable, or name another directory"),
    errno.EACCES: ("this user may not use it", "give the file and its directory to this user, or run as their owner"),
    errno.EIO: ("the disk cannot be read or written", "look at the disk, and at what the system says about it"),
}
_NO_TEMPORARY = "No usable temporary directory"
"""Python's words when all of them are full or read-only."""


def refusal(error: Exception) -> TammaError | None:
    """Answer what the system or the database refused as an error of ours; none for what is something else."""
    origin = getattr(error, "orig", error)
    if isinstance(origin, sqlite3.Error):
        return from_sqlite(origin, Path("of the data directory"))
    if not isinstance(error, OSError):
        return None
    if error.errno in _REFUSALS:
        what, hint = _REFUSALS[error.errno]
        return Unavailable(f"{_place(error)}: {what}", hint=hint)
    if _NO_TEMPORARY in str(error):
        return Unavailable(
            f"{_temporary()}: no temporary file can be written", hint="free space there, or name another by `TMPDIR`"
        )
    return None


def _place(error: OSError) -> str:
    """Name what the system named; a write that fails names nothing, so then where Tamma writes."""
    named = [os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    return " and ".join(named) or f"the data directory (`store.path`), or {_temporary()} for temporary files"


def _temporary() -> str:
    return os.environ.get("TMPDIR", "/tmp")  # noqa: S108 - where Python looks first
