"""One account at one forge: sends calls through the layers and reads pages."""

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from urllib.parse import SplitResult, urlsplit

import httpx2
from msgspec import field
from pydantic import SecretStr
from tamma_core.domain.breaker import Breaker
from tamma_core.domain.errors import AuthenticationFailed, NotFound, TammaError, Unavailable
from tamma_core.domain.record import Record
from tamma_core.ports.tape import heard

from tamma_platforms.http.address import split_address
from tamma_platforms.http.breaker import BreakerTransport
from tamma_platforms.http.cache import CacheTransport, EtagStore
from tamma_platforms.http.call import Answer, Call
from tamma_platforms.http.connection import ConnectionLimits, ConnectionTransport
from tamma_platforms.http.gate import GateTransport
from tamma_platforms.http.redaction import Redactor
from tamma_platforms.http.retry import RetryPolicy, RetryTransport
from tamma_platforms.http.server_error import expect
from tamma_platforms.http.spoken import Spoken, spell
from tamma_platforms.http.tracing import Observer, TracingTransport

NON_AUTHORITATIVE = 203
_REDIRECTS = range(300, 400)
_FOR_NOW = frozenset({302, 303, 307})
MAX_PAGES = 2000


class SessionOptions(Record, frozen=True, kw_only=True):
    """Tune the layers; what is shared between sessions is handed in."""

    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    concurrency: int = 8
    proxy: str | None = None
    observe: Observer | None = None
    store: EtagStore | None = None
    breaker: Breaker | None = None


class Session:
    """Send calls below `base_url` as one account; the token goes nowhere else."""

    def __init__(
        self,
        *,
        base_url: str,
        account: str,
        authorization: SecretStr | None,
        secret: SecretStr | None,
        options: SessionOptions,
    ) -> None:
        split_address(base_url)
        self.base_url = base_url.rstrip("/")
        self._authorization = authorization
        secrets = [value for value in (authorization, secret) if value is not None]
        gate = GateTransport(ConnectionTransport(options.limits, proxy=options.proxy), concurrency=options.concurrency)
        breaker = BreakerTransport(gate, options.breaker if options.breaker is not None else Breaker())
        # An empty store is false.
        store = options.store if options.store is not None else EtagStore()
        cache = CacheTransport(RetryTransport(breaker, options.retry), store, account)
        self._transport = TracingTransport(cache, Redactor(secrets), options.observe)
        self._had_data = False

    async def send(self, call: Call) -> Answer:
        """Answer what the forge says to a call, refusals included.

        Errors: `Unavailable` and `RateLimited` after the retries, `NotFound` for a redirect; for a page in JSON's place, or a
        redirect to another host for now, `AuthenticationFailed` at first, and `Unavailable` where there was data before.
        """
        return await self._send(self._request(call, f"{self.base_url}{call.path}"), call)

    async def pages(self, call: Call, items: Callable[[Answer], Sequence[object]]) -> AsyncIterator[Answer]:
        """Yield every page of a list: `items` counts what a page holds, and raises on a refusal.

        The server's own word decides where the list ends, since it may cap the page size: a `next` link, else
        `x-total-count`, else `x-hasmore`, else the first page that is empty or the same as the last. The link
        itself is not followed: it may name another origin, and the token stays at this one.
        """
        url, number, seen, last = f"{self.base_url}{call.path}", 1, 0, b""
        query = dict(call.query)
        for _ in range(MAX_PAGES):
            numbered = Call(
                method=call.method, path=call.path, query={**query, "page": str(number)}, accept=call.accept
            )
            answer = await self._send(self._request(numbered, url), call)
            found = len(items(answer))
            seen += found
            if found == 0 or answer.content == last:
                return
            yield answer
            if not _more(answer, seen):
                return
            number, last = number + 1, answer.content
        raise Unavailable(f"{call}: more than {MAX_PAGES} pages", hint="narrow what is asked for")

    async def aclose(self) -> None:
        """Close connections."""
        await self._transport.aclose()

    def _request(self, call: Call, url: str) -> httpx2.Request:
        headers = {"Accept": call.accept, "User-Agent": "tamma", "Cache-Control": "no-cache"}
        if self._authorization is not None:
            headers["Authorization"] = self._authorization.get_secret_value()
        query = dict(call.query) or None
        if call.body is None:
            request = httpx2.Request(call.method, url, params=query, headers=headers)
        else:
            request = httpx2.Request(call.method, url, params=query, headers=headers, json=call.body)
        expect(request, call)
        return request

    async def _send(self, request: httpx2.Request, call: Call) -> Answer:
        spoken = await heard("forge", spell(request), partial(self._speak, request), Spoken)
        answer = spoken.answer()
        self._check_kind(call, answer)
        return answer

    async def _speak(self, request: httpx2.Request) -> Spoken:
        response = await self._transport.handle_async_request(request)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Spoken.of(Answer(status=response.status_code, headers=headers, content=response.content))

    def _check_kind(self, call: Call, answer: Answer) -> None:
        """Refuse what is no answer of an API: a redirect, a sign-in page, a proxy's page."""
        if answer.status in _REDIRECTS:
            host = self._led_away(answer)
            raise self._doubt(f"{call}: a redirect to {host} came in place of data") if host else _moved(call, answer)
        if not call.accept.startswith("application/json") or not answer.succeeded:
            return
        html = answer.headers.get("content-type", "").startswith("text/html")
        if not html and answer.status != NON_AUTHORITATIVE:
            self._had_data = True
            return
        raise self._doubt(f"{call}: a page came in place of data")

    def _led_away(self, answer: Answer) -> str:
        """Answer the other host that we are sent to for now, as proxies do that want a sign-in; empty where there is none."""
        host = _location(answer).hostname or ""
        known = urlsplit(self.base_url).hostname
        return host if answer.status in _FOR_NOW and host != known else ""

    def _doubt(self, came: str) -> TammaError:
        """Say that somebody else may have answered; where there was data before, whoever stands between spoke out of turn."""
        hint = "check the base URL and the token; a sign-in page or a proxy answers there"
        return Unavailable(came, hint=hint) if self._had_data else AuthenticationFailed(came, hint=hint, doubtful=True)


def _next_link(answer: Answer) -> str | None:
    links = httpx2.Response(200, headers={"link": answer.headers.get("link", "")}).links
    return links.get("next", {}).get("url")


def _more(answer: Answer, seen: int) -> bool:
    if answer.headers.get("link"):
        return _next_link(answer) is not None
    total = answer.headers.get("x-total-count", "")
    if total.isdecimal():
        return seen < int(total)
    return answer.headers.get("x-hasmore", "true").lower() == "true"


def _location(answer: Answer) -> SplitResult:
    """Read where a redirect leads; nowhere when that is no address."""
    try:
        return urlsplit(answer.headers.get("location", ""))
    except ValueError:
        return urlsplit("")


def _moved(call: Call, answer: Answer) -> TammaError:
    location = _location(answer).path
    if "login" in location or "signin" in location:
        return AuthenticationFailed(f"{call}: the forge asks to sign in", hint="check the token")
    return NotFound(
        f"{call}: moved to {location}", hint="use the new name of the repository; redirects are not followed"
    )
