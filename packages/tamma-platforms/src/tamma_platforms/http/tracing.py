"""The outermost layer: masks secrets and tells an observer about each logical request."""

import time
from collections.abc import Callable

import httpx2
from tamma_core.domain.errors import TammaError
from tamma_core.domain.record import Record

from tamma_platforms.http.redaction import Redactor


class Exchange(Record, frozen=True, kw_only=True):
    """Describe a request for a log; it has no headers, no query and no body."""

    method: str
    host: str
    path: str
    duration_s: float
    status: int | None = None
    error: str = ""


Observer = Callable[[Exchange], None]


class TracingTransport(httpx2.AsyncBaseTransport):
    """Observe and redact whatever passes."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, redactor: Redactor, observe: Observer | None) -> None:
        self._inner = inner
        self._redactor = redactor
        self._observe = observe

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on; mask secrets in an error or in the body of a refusal."""
        started = time.monotonic()
        try:
            response = await self._inner.handle_async_request(request)
        except TammaError as error:
            self._redactor.clean(error)
            self._tell(request, started, None, type(error).__name__)
            raise
        self._tell(request, started, response.status_code, "")
        if response.is_success:
            return response
        content = self._redactor.content(response.content)
        headers = [(name, value) for name, value in response.headers.multi_items() if name != "content-length"]
        return httpx2.Response(response.status_code, headers=headers, content=content, request=request)

    async def aclose(self) -> None:
        """Close the layers below."""
        await self._inner.aclose()

    def _tell(self, request: httpx2.Request, started: float, status: int | None, error: str) -> None:
        if self._observe is None:
            return
        self._observe(
            Exchange(
                method=request.method,
                host=request.url.host,
                path=self._redactor.text(request.url.path),
                duration_s=time.monotonic() - started,
                status=status,
                error=error,
            )
        )
