"""Stop asking a forge that is down."""

import httpx2
from tamma_core.domain.breaker import Breaker
from tamma_core.domain.errors import Unavailable

from tamma_platforms.http.server_error import is_broken, is_understood


class BreakerTransport(httpx2.AsyncBaseTransport):
    """Count network failures and 5xx of one account at one host; a 4xx is an answer of a healthy host."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, breaker: Breaker) -> None:
        self._inner = inner
        self._breaker = breaker

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on, or raise `Unavailable` without asking the host."""
        if not self._breaker.admit():
            rest = max(0.0, self._breaker.remaining_s())
            raise Unavailable(
                f"{request.url.host} failed repeatedly; it is asked again in {rest:.0f} s",
                hint="check whether the forge is up; nothing is lost meanwhile",
                retry_after_s=rest,
            )
        try:
            response = await self._inner.handle_async_request(request)
        except httpx2.TransportError:
            self._breaker.failed()
            raise
        except BaseException:
            self._breaker.abandoned()
            raise
        if is_broken(request, response):
            self._breaker.failed()
        elif is_understood(request, response):
            self._breaker.abandoned()
        else:
            self._breaker.succeeded()
        return response

    async def aclose(self) -> None:
        """Close the layers below."""
        await self._inner.aclose()
