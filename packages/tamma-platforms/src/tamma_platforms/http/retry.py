"""Ask again where asking again is safe and may help, within a deadline."""

import asyncio
import functools
import logging
from typing import TYPE_CHECKING

import httpx2
from tamma_core.domain.errors import RateLimited, Retryable, Unavailable
from tamma_core.domain.record import Record

from tamma_platforms.http.server_error import is_broken

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails

_log = logging.getLogger("tamma.http")
_REPEATABLE = frozenset({"GET", "HEAD", "PUT"})


class RetryPolicy(Record, frozen=True, kw_only=True):
    """Bound the attempts; `deadline_s` covers all of them and the waits between."""

    attempts: int = 4
    deadline_s: float = 90.0
    wait_initial_s: float = 0.25
    wait_max_s: float = 10.0
    retry_after_cap_s: float = 30.0


class _FailedAttempt(Exception):
    """Carry what to raise if no further attempt is made."""

    def __init__(self, error: Retryable, *, again: bool) -> None:
        super().__init__(error.message)
        self.error = error
        self.again = again


class RetryTransport(httpx2.AsyncBaseTransport):
    """Repeat GET, HEAD and PUT on a network failure, a 5xx or a short wait; never a POST, PATCH or DELETE.

    What is not repeated is raised as `Unavailable` or `RateLimited`, and the caller looks first.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, policy: RetryPolicy) -> None:
        self._inner = inner
        self._policy = policy

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer the first useful response."""
        try:
            async with asyncio.timeout(self._policy.deadline_s):
                return await self._attempts(request)
        except _FailedAttempt as failed:
            raise failed.error from failed.__cause__
        except TimeoutError as error:
            what = f"{request.method} {request.url.path} at {request.url.host}"
            raise Unavailable(f"{what}: no answer within {self._policy.deadline_s:g} s") from error

    async def aclose(self) -> None:
        """Close the layers below."""
        await self._inner.aclose()

    async def _attempts(self, request: httpx2.Request) -> httpx2.Response:
        import stamina

        _tell_of_retries()
        policy = self._policy
        retrying = stamina.retry_context(
            on=self._next_wait,
            attempts=policy.attempts if request.method in _REPEATABLE else 1,
            timeout=policy.deadline_s,
            wait_initial=policy.wait_initial_s,
            wait_max=policy.wait_max_s,
            wait_jitter=policy.wait_initial_s,
        )
        async for attempt in retrying:
            with attempt:
                return await self._once(request)
        raise AssertionError  # stamina ends by returning or raising

    def _next_wait(self, error: Exception) -> bool | float:
        if not isinstance(error, _FailedAttempt) or not error.again:
            return False
        wait = error.error.retry_after_s
        return True if wait is None else wait

    async def _once(self, request: httpx2.Request) -> httpx2.Response:
        what = f"{request.method} {request.url.path} at {request.url.host}"
        try:
            response = await self._inner.handle_async_request(request)
        except httpx2.TransportError as error:
            lost = Unavailable(f"{what}: {_reason(error)}", hint="check the base URL and the network")
            raise _FailedAttempt(lost, again=True) from error
        except RateLimited as error:
            soon = (error.retry_after_s or 0.0) <= self._policy.retry_after_cap_s
            raise _FailedAttempt(error, again=soon) from error
        if is_broken(request, response):
            broken = Unavailable(f"{what}: the forge answered {response.status_code}", hint="see the forge's own log")
            raise _FailedAttempt(broken, again=True)
        return response


@functools.cache
def _tell_of_retries() -> None:
    """Log each wait below the level that Python prints unasked; the library's own hook warns, or writes to standard output."""
    from stamina.instrumentation import set_on_retry_hooks

    def tell(details: "RetryDetails") -> None:
        _log.debug("%s; asking again in %.2f s", details.caused_by, details.wait_for)

    set_on_retry_hooks((tell,))


def _reason(error: httpx2.TransportError) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
