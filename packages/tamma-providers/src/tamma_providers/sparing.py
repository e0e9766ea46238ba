"""A connection that leaves a server alone for a while once it failed repeatedly."""

import math
from collections.abc import AsyncIterator
from typing import Any

import httpx2
from tamma_core.domain.breaker import Breaker

_SERVER_ERROR = 500
_UNAVAILABLE = 503
_TOO_MANY = 429


class SparingClient(httpx2.AsyncClient):
    """Count network failures and server errors; a 4xx, or a server that asks for patience, is not broken."""

    def __init__(self, breaker: Breaker, **options: Any) -> None:  # the options are httpx2's own
        super().__init__(**options)
        self._breaker = breaker

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request, or answer 503 in the place of a server that is left alone, with the time that is left of it."""
        if not self._breaker.admit():
            return _left_alone(request, self._breaker.remaining_s())
        try:
            response = await super().send(request, **options)
        except httpx2.TransportError:
            self._breaker.failed()
            raise
        except BaseException:
            self._breaker.abandoned()
            raise
        self._count(response)
        return response

    def _count(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status == _TOO_MANY or (status == _UNAVAILABLE and "retry-after" in response.headers):
            self._breaker.abandoned()
        elif status >= _SERVER_ERROR:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
            if isinstance(response.stream, httpx2.AsyncByteStream):
                response.stream = _Counted(response.stream, self._breaker)


class _Counted(httpx2.AsyncByteStream):
    """Pass a body on, and count it as a failure when the network breaks it off."""

    def __init__(self, stream: httpx2.AsyncByteStream, breaker: Breaker) -> None:
        self._stream = stream
        self._breaker = breaker

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except httpx2.TransportError:
            self._breaker.failed()
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()


def _left_alone(request: httpx2.Request, rest_s: float) -> httpx2.Response:
    """Write the answer in the words of the vendors, so that SDK, gateway and record read it like any other."""
    seconds = max(1, math.ceil(rest_s))  # no time is left while somebody else asks whether it is back
    said = f"not asked: {request.url.host} failed repeatedly, and is asked again in {seconds} s"
    error = {"error": {"type": "circuit_open", "message": said}}
    return httpx2.Response(_UNAVAILABLE, headers={"retry-after": str(seconds)}, json=error, request=request)
