"""Say what an error of the database or the file system asks of the caller."""

import errno
import sqlite3
from pathlib import Path

from tamma_core.domain.errors import Defect, TammaError, Unavailable

_PRIMARY = 0xFF  # the low byte of SQLite's extended result codes
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_ASK: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: ("has no room", "free disk space and try again; nothing acknowledged was lost"),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "check the disk, its free space and its quota, and try again"),
    sqlite3.SQLITE_READONLY: ("is read-only", "make the file and its directory writable for this user"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "check that the directory exists and belongs to this user"),
    sqlite3.SQLITE_PERM: ("may not be used", "make the file and its directory readable and writable for this user"),
    sqlite3.SQLITE_BUSY: ("is locked by another process", "try again; find the process that holds it if this stays"),
    sqlite3.SQLITE_LOCKED: ("is locked by another process", "try again; find the process that holds it if this stays"),
}


def from_sqlite(error: sqlite3.Error, file: Path) -> TammaError:
    """Map SQLite's result code; `Unavailable` when waiting or a person can mend it, else `Defect`."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code in _DAMAGED:
        return Defect(
            f"the store {file} is damaged: {error}",
            hint="stop Tamma, keep a copy of the file with its -wal and -shm neighbours, and restore a backup",
        )
    if code in _ASK:
        what, hint = _ASK[code]
        return Unavailable(f"the store {file} {what}: {error}", hint=hint)
    return Defect(f"the store {file} refused a statement: {error}", hint="report this; nothing was written")


def from_os(error: OSError, file: Path) -> TammaError:
    """Map an error of the file system on a blob."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return Unavailable(f"no room to write {file}: {error.strerror}", hint="free disk space and try again")
    return Unavailable(f"cannot use {file}: {error.strerror}", hint="check the directory's owner, mode and disk")
