"""Read a whole answer at once."""

from collections.abc import AsyncIterator

from tamma_core.domain.chunks import Chunk, End
from tamma_core.domain.errors import Defect


async def collect(stream: AsyncIterator[Chunk]) -> End:
    """Read a stream to its end and answer with it."""
    async for chunk in stream:
        if isinstance(chunk, End):
            return chunk
    raise Defect("a provider's stream stopped without an end and without an error")
