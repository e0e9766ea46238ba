"""Bound what one account asks of one host at a time, and keep quiet while the host asks for quiet."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx2
from tamma_core.domain.errors import RateLimited

from tamma_platforms.http.waiting import asked_to_wait_s

DEFAULT_WAIT_S = 60.0


class GateTransport(httpx2.AsyncBaseTransport):
    """Let `concurrency` requests through at a time, and none before the time that a 429 named."""

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        *,
        concurrency: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._places = asyncio.Semaphore(concurrency)
        self._monotonic = monotonic
        self._closed_until = float("-inf")

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Wait for a place; raise `RateLimited` while the host wants no requests."""
        async with self._places:
            self._check(request)
            response = await self._inner.handle_async_request(request)
        wait = asked_to_wait_s(response.status_code, response.headers, datetime.now(UTC), DEFAULT_WAIT_S)
        if wait is not None:
            self._closed_until = max(self._closed_until, self._monotonic() + wait)
            raise self._refusal(request, wait)
        return response

    async def aclose(self) -> None:
        """Close the layers below."""
        await self._inner.aclose()

    def _check(self, request: httpx2.Request) -> None:
        rest = self._closed_until - self._monotonic()
        if rest > 0:
            raise self._refusal(request, rest)

    @staticmethod
    def _refusal(request: httpx2.Request, wait_s: float) -> RateLimited:
        return RateLimited(
            f"{request.url.host} asks for no requests during {wait_s:.0f} s",
            hint="wait, or lower the number of tasks that run at once",
            retry_after_s=wait_s,
        )
