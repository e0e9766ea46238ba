"""Large blobs as files, named by the SHA-256 of what they hold."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from tamma_core.domain.errors import Defect, NotFound
from tamma_core.domain.ids import BlobRef
from tamma_core.ports.blobs import name_of

from tamma_store.errors import from_os

_NAME = re.compile(r"[0-9a-f]{64}")


class FileBlobs:
    """Keep each blob in `ab/<sha256>`, for its owner only, complete or not at all.

    Files are not compressed: the file's bytes are what its name promises, and `sha256sum` can check them.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, data: bytes) -> BlobRef:
        """Store bytes durably; bytes that are there and whole are left alone."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, ref: BlobRef) -> bytes:
        """Answer bytes whose hash was checked; raise `NotFound`, or `Defect` when they are damaged."""
        return await asyncio.to_thread(self._get, ref)

    def _put(self, data: bytes) -> BlobRef:
        ref = name_of(data)
        path = self._path(ref)
        try:
            if not (path.is_file() and path.read_bytes() == data):
                _make(path.parent)
                _write(path, data)
        except OSError as error:
            raise from_os(error, path) from error
        return ref

    def _get(self, ref: BlobRef) -> bytes:
        path = self._path(ref)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound(
                f"there is no blob {ref}", hint="it was never stored here, or its file was removed"
            ) from error
        except OSError as error:
            raise from_os(error, path) from error
        if name_of(data) != ref:
            raise Defect(f"blob {ref} is damaged", hint=f"restore {path} from a backup")
        return data

    def _path(self, ref: BlobRef) -> Path:
        if not _NAME.fullmatch(ref):
            raise NotFound(f"{ref!r} is no name of a blob", hint="use a name that `put` answered")
        return self._root / ref[:2] / ref


def _make(directory: Path) -> None:
    """Make a directory and its parents, each known to the disk before it is used."""
    if directory.is_dir():
        return
    _make(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)
    _sync(directory.parent)


def _write(path: Path, data: bytes) -> None:
    """Write beside the target, then rename: readers and crashes see all of it or nothing."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
