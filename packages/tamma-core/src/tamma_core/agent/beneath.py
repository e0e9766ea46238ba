"""Open files beneath a directory without ever following a link out of it."""

import contextlib
import os
import stat
from pathlib import Path, PurePosixPath

from tamma_core.domain.errors import InvalidInput

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def _parts(path: str) -> tuple[str, ...]:
    """Split a relative path; raise `InvalidInput` for one that leaves the tree or enters a `.git`."""
    pure = PurePosixPath(path.removeprefix("/workspace/"))
    if pure.is_absolute() or ".." in pure.parts or "\0" in path:
        raise InvalidInput(f"`{path}` is not inside the workspace", hint="give a path relative to its root")
    if any(part.lower() == ".git" for part in pure.parts):
        raise InvalidInput(f"`{path}` belongs to git", hint="change project files only")
    if not pure.parts:
        raise InvalidInput("the path is empty", hint="name a file")
    return pure.parts


def _open_parent(root: Path, parts: tuple[str, ...], *, create: bool) -> int:
    handle = os.open(root, _DIRECTORY)
    try:
        for part in parts[:-1]:
            if create:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o755, dir_fd=handle)
            child = os.open(part, _DIRECTORY, dir_fd=handle)
            os.close(handle)
            handle = child
    except OSError:
        os.close(handle)
        raise
    return handle


def _open(root: Path, path: str, flags: int, *, create: bool = False) -> int:
    parts = _parts(path)
    try:
        parent = _open_parent(root, parts, create=create)
        try:
            handle = os.open(parts[-1], flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o644, dir_fd=parent)
        finally:
            os.close(parent)
    except UnicodeEncodeError as error:
        raise InvalidInput("the path holds half a character", hint="list the directory to see what is there") from error
    except OSError as error:
        reason = "is a link or is not there" if error.strerror is None else error.strerror.lower()
        raise InvalidInput(f"cannot open `{path}`: {reason}", hint="list the directory to see what is there") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InvalidInput(f"`{path}` is not a regular file", hint="only regular files can be read and edited")
    return handle


def read_beneath(root: Path, path: str, *, limit_bytes: int) -> bytes:
    """Read at most `limit_bytes` of a regular file beneath the root."""
    with os.fdopen(_open(root, path, os.O_RDONLY), "rb") as file:
        return file.read(limit_bytes)


def exists_beneath(root: Path, path: str) -> bool:
    """Tell whether a regular file of this path is beneath the root."""
    try:
        os.close(_open(root, path, os.O_RDONLY))
    except InvalidInput:
        return False
    return True


def write_beneath(root: Path, path: str, data: bytes) -> None:
    """Write a regular file beneath the root, making directories on the way; its mode is kept."""
    handle = _open(root, path, os.O_WRONLY | os.O_CREAT, create=True)
    with os.fdopen(handle, "wb") as file:
        if os.fstat(handle).st_nlink > 1:
            raise InvalidInput(f"`{path}` has a second name", hint="take a copy in its place: both would change")
        file.truncate()
        file.write(data)
