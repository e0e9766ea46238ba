"""The innermost layer: one exchange over the network, with limits on time and size."""

import asyncio
from typing import Self

import httpx2
from msgspec.structs import replace
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.record import Record

_FRAMING = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class ConnectionLimits(Record, frozen=True, kw_only=True):
    """Bound one exchange; `total_s` ends also a body that trickles in."""

    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 60.0
    body_bytes: int = 32 * 1024 * 1024
    connections: int = 16

    def within(self, total_s: float) -> Self:
        """Answer limits whose whole exchange ends by another time."""
        connect_s, read_s = min(self.connect_s, total_s), min(self.read_s, total_s)
        return replace(self, total_s=total_s, connect_s=connect_s, read_s=read_s)


class ConnectionTransport(httpx2.AsyncBaseTransport):
    """Send a request and read its whole, decoded answer; redirects are not followed."""

    def __init__(self, limits: ConnectionLimits, *, proxy: str | None = None) -> None:
        self._limits = limits
        self._timeout = httpx2.Timeout(limits.read_s, connect=limits.connect_s).as_dict()
        pool = httpx2.Limits(max_connections=limits.connections, max_keepalive_connections=limits.connections)
        self._pool = httpx2.AsyncHTTPTransport(limits=pool, proxy=proxy)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer the response with its body read; raise `InvalidInput` when it is too large."""
        request.extensions["timeout"] = self._timeout
        try:
            async with asyncio.timeout(self._limits.total_s):
                return await self._exchange(request)
        except TimeoutError as error:
            raise httpx2.ReadTimeout(f"no whole answer within {self._limits.total_s:g} s", request=request) from error
        except httpx2.DecodingError as error:
            raise httpx2.RemoteProtocolError("the body cannot be decoded", request=request) from error

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def _exchange(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._pool.handle_async_request(request)
        try:
            content = bytearray()
            async for part in response.aiter_bytes():
                content += part
                if len(content) > self._limits.body_bytes:
                    raise InvalidInput(
                        f"{request.method} {request.url.path} at {request.url.host}: the answer is larger than "
                        f"{self._limits.body_bytes} bytes",
                        hint="ask for less: a smaller file or directory",
                    )
        finally:
            await response.aclose()
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _FRAMING]
        return httpx2.Response(response.status_code, headers=headers, content=bytes(content), request=request)
