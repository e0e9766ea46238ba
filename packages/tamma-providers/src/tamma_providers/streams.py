"""Read one streamed answer so that it ends in exactly one `End` or one error, and never waits for ever."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Protocol

from tamma_core.domain.chunks import Chunk, Start, UsageSnapshot
from tamma_core.domain.errors import Retryable, TammaError, TruncatedStream, Unavailable

from tamma_providers.options import Patience

if TYPE_CHECKING:
    import httpx2

_DRAIN_S = 0.25
_CHARS_PER_TOKEN = 1024
_ANSWER_CHARS = 1 << 20
"""An event for each token, with all that vendors put around it, is far below the one; the other is for what comes beside."""
_PROLOGUE = (Start, UsageSnapshot)


class Reader(Protocol):
    """Turn the events of one answer into chunks; pure, one per answer."""

    @property
    def ended(self) -> bool:
        """Tell whether the terminal event came."""
        ...

    def read(self, event: str, data: str) -> Sequence[Chunk]:
        """Answer the chunks of one event; raise what the event says went wrong."""
        ...

    def finish(self) -> Sequence[Chunk]:
        """Answer what remains, the `End` last; raise `ModelRefused` when nothing usable came."""
        ...


class Deadline:
    """Bound a whole call, its retries included, each wait inside it, and how much is said."""

    def __init__(self, place: str, total_s: float, patience: Patience, output_tokens: int) -> None:
        self.place = place
        self._left_chars = _CHARS_PER_TOKEN * output_tokens + _ANSWER_CHARS
        self._clock = asyncio.get_running_loop().time
        self._at = self._clock() + total_s
        self._patience = patience

    def take(self, chars: int) -> None:
        """Count what was said; raise `TruncatedStream` when it is more than can have been asked for."""
        self._left_chars -= chars
        if self._left_chars < 0:
            raise TruncatedStream(f"{self.place} says far more than it may", hint="the server keeps to no limit")

    def left_s(self) -> float:
        """Answer how many seconds are left."""
        return self._at - self._clock()

    def whole(self) -> asyncio.Timeout:
        """Bound what has limits of its own, as the connection has while the answer has not begun."""
        return asyncio.timeout_at(self._at)

    def first(self) -> asyncio.Timeout:
        """Bound the wait for the first event."""
        return asyncio.timeout_at(min(self._at, self._clock() + self._patience.first_event_s))

    def next(self) -> asyncio.Timeout:
        """Bound the wait for one more event."""
        return asyncio.timeout_at(min(self._at, self._clock() + self._patience.idle_s))


async def read_answer(response: "httpx2.Response", reader: Reader, deadline: Deadline) -> AsyncGenerator[Chunk]:
    """Stream the chunks of one answer.

    What comes before the first content is held back, so that a failure until then can be tried again unseen.
    Errors: after the first content each passing one is a `TruncatedStream` with `partial`.
    """
    held: list[Chunk] = []
    started = False
    try:
        async with aclosing(_read(response, reader, deadline)) as batches:
            async for batch in batches:
                if not started:
                    held.extend(batch)
                    started = not all(isinstance(chunk, _PROLOGUE) for chunk in batch)
                    batch = held if started else ()  # noqa: PLW2901 (what was held goes out with the first content)
                for chunk in batch:
                    yield chunk
    except TammaError as error:
        if not started or not isinstance(error, Retryable):
            raise
        raise TruncatedStream(
            f"the answer broke off: {error.message}", hint=error.hint, retry_after_s=error.retry_after_s, partial=True
        ) from error.__cause__


async def _read(response: "httpx2.Response", reader: Reader, deadline: Deadline) -> AsyncGenerator[Sequence[Chunk]]:
    """Read events to the terminal one, each within its time."""
    from httpx2 import EventSource, HTTPError

    limit = deadline.first
    events = aiter(EventSource(response))
    try:
        while not reader.ended:
            async with limit():
                event = await anext(events, None)
            if event is None:
                break
            limit = deadline.next
            deadline.take(len(event.data))
            if chunks := reader.read(event.event, event.data):
                yield chunks
        await drain(events)
    except TimeoutError:
        raise Unavailable(f"{deadline.place} did not go on in time", hint="the server is slow or stuck") from None
    except HTTPError as error:
        raise TruncatedStream(
            f"{deadline.place} dropped the connection ({type(error).__name__})", hint="try again"
        ) from error
    finally:
        await response.aclose()
    yield reader.finish()


async def drain(events: AsyncIterator[object]) -> None:
    """Read the few bytes after the terminal event, without which the connection could not be used again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            await anext(events, None)
