"""What every blob store does, whatever it is kept in."""

import asyncio

import pytest

from tamma_core.domain.errors import NotFound
from tamma_core.domain.ids import BlobRef
from tamma_core.ports.blobs import Blobs


class BlobsContract:
    """Subclass it, and give the fixture `blobs`."""

    @pytest.fixture
    async def blobs(self) -> Blobs:
        """Give an empty blob store."""
        raise NotImplementedError

    @pytest.mark.parametrize("data", [b"", b"\0\xff", b"x" * 3_000_000], ids=["empty", "binary", "large"])
    async def test_bytes_come_back(self, blobs: Blobs, data: bytes) -> None:
        """Any bytes are kept as they are."""
        assert await blobs.get(await blobs.put(data)) == data

    async def test_the_content_is_the_name(self, blobs: Blobs) -> None:
        """The same bytes have one name, others another."""
        assert await blobs.put(b"one") == await blobs.put(b"one")
        assert await blobs.put(b"one") != await blobs.put(b"two")

    async def test_the_same_bytes_at_once(self, blobs: Blobs) -> None:
        """Writers of the same bytes do not disturb each other."""
        (ref,) = set(await asyncio.gather(*(blobs.put(b"same" * 1000) for _ in range(8))))
        assert await blobs.get(ref) == b"same" * 1000

    @pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "0" * 63 + "/"])
    async def test_unknown_names_are_not_found(self, blobs: Blobs, name: str) -> None:
        """A name that was never answered leads nowhere, least of all out of the store."""
        with pytest.raises(NotFound):
            await blobs.get(BlobRef(name))
