"""A connection within the hearing of a tape: what a model was sent and what it streamed back."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
from msgspec import field
from tamma_core.domain.record import Record
from tamma_core.ports.tape import Tape, rolling

from tamma_providers.masked_events import masked_events
from tamma_providers.sparing import SparingClient

_UNTOLD = frozenset({"connection", "content-encoding", "content-length", "date", "set-cookie", "transfer-encoding"})
_ANSWER = "model's answer"


class Head(Record, frozen=True, kw_only=True):
    """Hold how an answer began, or the name of what went wrong with the connection."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""
    message: str = ""


class Body(Record, frozen=True, kw_only=True):
    """Hold what came as far as it was read, and the name of what broke it off."""

    text: str
    broke: str = ""


class HeardClient(SparingClient):
    """Send requests; a replay sends none."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:  # the options are httpx2's own
        """Answer the response, its body still to be streamed."""
        tape = rolling()
        if tape is None:
            return await super().send(request, **options)
        plain, live = super().send, _Live()

        async def ask() -> Head:
            return await live.head(plain(request, **options))

        asked = f"{request.method} {request.url}\n\n{request.content.decode(errors='replace')}"
        head: Head = await tape.hear("model", asked, ask, Head)
        if head.failed:
            raise live.error or getattr(httpx2, head.failed)(head.message, request=request)
        stream = (
            _Kept(live.response, tape) if live.response is not None else _Played(tape.read(_ANSWER, _no_body, Body))
        )
        response = httpx2.Response(head.status, headers=dict(head.headers), stream=stream, request=request)
        if not options.get("stream"):
            await response.aread()
        return response


class _Live:
    """Hold what cannot be written down of a call: the open response, or the very error."""

    def __init__(self) -> None:
        self.response: httpx2.Response | None = None
        self.error: httpx2.HTTPError | None = None

    async def head(self, sending: Any) -> Head:
        try:
            self.response = await sending
        except httpx2.HTTPError as error:
            self.error = error
            return Head(failed=type(error).__name__, message=str(error))
        headers = {name: value for name, value in self.response.headers.items() if name.lower() not in _UNTOLD}
        return Head(status=self.response.status_code, headers=headers)


class _Kept(httpx2.AsyncByteStream):
    """Pass a body on, and write it down when it is let go."""

    def __init__(self, response: httpx2.Response, tape: Tape) -> None:
        self._response = response
        self._tape = tape
        self._parts: list[bytes] = []
        self._broke = ""
        self._told = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._response.aiter_bytes():
                self._parts.append(part)
                yield part
        except asyncio.CancelledError:
            self._broke = TimeoutError.__name__
            raise
        except httpx2.HTTPError as error:
            self._broke = type(error).__name__
            raise

    async def aclose(self) -> None:
        await self._response.aclose()
        if not self._told:
            self._told = True
            self._tape.read(_ANSWER, self._body, Body)

    def _body(self) -> Body:
        text = b"".join(self._parts).decode(errors="replace")
        return Body(text=masked_events(text, self._tape.mask_known), broke=self._broke)


class _Played(httpx2.AsyncByteStream):
    """Yield a body that was written down, and break off where it did."""

    def __init__(self, body: Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._body.text:
            yield self._body.text.encode()
        if self._body.broke == TimeoutError.__name__:
            raise TimeoutError
        if self._body.broke:
            raise getattr(httpx2, self._body.broke)("the connection broke off")


def _no_body() -> Body:
    return Body(text="")
