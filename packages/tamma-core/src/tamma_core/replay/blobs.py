"""What the replay writes laid over what is stored."""

import json
from collections.abc import Iterable

from tamma_core.codec import to_json
from tamma_core.domain.events import Event, TurnRecorded
from tamma_core.domain.ids import BlobRef
from tamma_core.ports.blobs import Blobs, name_of
from tamma_core.record.playing import Differs


class OverlaidBlobs:
    """Read a store's blobs, and keep new ones in memory."""

    def __init__(self, stored: Blobs) -> None:
        self._stored = stored
        self._new: dict[BlobRef, bytes] = {}

    def add(self, blobs: Iterable[bytes]) -> None:
        """Keep blobs of an append."""
        self._new |= {name_of(data): data for data in blobs}

    async def put(self, data: bytes) -> BlobRef:
        """Keep a blob."""
        self.add([data])
        return name_of(data)

    async def get(self, ref: BlobRef) -> bytes:
        """Answer a blob."""
        return self._new[ref] if ref in self._new else await self._stored.get(ref)

    async def differs(self, what: str, *, expected: Event, came: Event) -> Differs:
        """Say how two events differ, and the reports that they name."""
        return Differs(what, expected=await self._shown(expected), came=await self._shown(came))

    async def _shown(self, event: Event) -> str:
        shown = json.loads(to_json(event))
        if isinstance(event, TurnRecorded):
            shown["report"] = json.loads(await self.get(event.report))
        return json.dumps(shown, indent=1, ensure_ascii=False)
