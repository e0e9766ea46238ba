"""Large things, kept beside the journal."""

import hashlib
from typing import Protocol

from tamma_core.domain.ids import BlobRef


def name_of(data: bytes) -> BlobRef:
    """Answer the name under which every store keeps these bytes: their SHA-256."""
    return BlobRef(hashlib.sha256(data).hexdigest())


class Blobs(Protocol):
    """Keep bytes under the hash of their content; the same bytes give the same name."""

    async def put(self, data: bytes) -> BlobRef:
        """Store bytes durably and answer their name."""
        ...

    async def get(self, ref: BlobRef) -> bytes:
        """Answer the bytes; raise `NotFound`, or `Defect` when they are damaged."""
        ...
