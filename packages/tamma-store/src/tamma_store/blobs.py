"""Bytes under the hash of what they hold: small ones in the database, large ones as files beside it."""

from sqlalchemy import Connection, bindparam, insert, select
from tamma_core.domain.errors import Defect
from tamma_core.domain.ids import BlobRef
from tamma_core.ports.blobs import name_of

from tamma_store.blob_files import FileBlobs
from tamma_store.reader import Reader
from tamma_store.schema import blob
from tamma_store.writer import Writer

SMALL_BYTES = 1 << 16
"""Up to here a row is cheaper than a file, and shares the commit of the event that names it."""

_DATA = select(blob.c.data).where(blob.c.ref == bindparam("ref"))
_IS_KEPT = select(blob.c.ref).where(blob.c.ref == bindparam("ref"))


def is_small(data: bytes) -> bool:
    """Tell whether a blob is kept in the database."""
    return len(data) <= SMALL_BYTES


def keep(connection: Connection, data: bytes) -> None:
    """Keep a small blob within a transaction, unless it is there."""
    ref = name_of(data)
    if connection.execute(_IS_KEPT, {"ref": ref}).one_or_none() is None:
        connection.execute(insert(blob), {"ref": ref, "data": data})


class SqlBlobs:
    """Keep small blobs as rows and large ones as files."""

    def __init__(self, files: FileBlobs, writer: Writer, reader: Reader) -> None:
        self._files = files
        self._writer = writer
        self._reader = reader

    async def put(self, data: bytes) -> BlobRef:
        """Store bytes durably; bytes that are there are left alone."""
        if not is_small(data):
            return await self._files.put(data)
        await self._writer.run(lambda connection: keep(connection, data))
        return name_of(data)

    async def get(self, ref: BlobRef) -> bytes:
        """Answer bytes whose hash was checked; raise `NotFound`, or `Defect` when they are damaged."""
        data: bytes | None = await self._reader.run(lambda connection: connection.execute(_DATA, {"ref": ref}).scalar())
        if data is None:
            return await self._files.get(ref)
        if name_of(data) != ref:
            raise Defect(f"blob {ref} is damaged", hint="restore the store from a backup")
        return data
