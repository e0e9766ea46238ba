"""The layers together, against servers on loopback that misbehave on purpose."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from tamma_core.domain.breaker import Breaker
from tamma_core.domain.errors import (
    AuthenticationFailed,
    ConfigError,
    InvalidInput,
    NotFound,
    RateLimited,
    TammaError,
    Unavailable,
)
from tamma_platforms.http.cache import EtagStore
from tamma_platforms.http.call import Call
from tamma_platforms.http.connection import ConnectionLimits
from tamma_platforms.http.retry import RetryPolicy
from tamma_platforms.http.session import Session, SessionOptions
from tamma_platforms.http.tracing import Exchange
from tamma_platforms.testing.serving import serving

SECRET = "s3cret-token"
QUICK = RetryPolicy(attempts=3, deadline_s=10.0, wait_initial_s=0.01, wait_max_s=0.02, retry_after_cap_s=1.0)
GET = Call(method="GET", path="/thing")


@dataclass
class Scripted:
    """Give one answer after the other, the last one for ever, and keep the requests."""

    answers: list[Callable[[Request], Response]]
    requests: list[Request] = field(default_factory=list)

    def application(self) -> Starlette:
        async def answer(request: Request) -> Response:
            await request.body()
            self.requests.append(request)
            return self.answers[min(len(self.requests), len(self.answers)) - 1](request)

        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        return Starlette(routes=[Route("/{path:path}", answer, methods=methods)])


def says(value: object, status: int = 200, **headers: str) -> Callable[[Request], Response]:
    return lambda _: JSONResponse(value, status, headers={key.replace("_", "-"): text for key, text in headers.items()})


@asynccontextmanager
async def session_on(
    scripted: Scripted, *, account: str = "bot", options: SessionOptions | None = None
) -> AsyncIterator[Session]:
    async with serving(scripted.application()) as url:
        session = Session(
            base_url=url,
            account=account,
            authorization=SecretStr(f"token {SECRET}"),
            secret=SecretStr(SECRET),
            options=options or SessionOptions(retry=QUICK),
        )
        try:
            yield session
        finally:
            await session.aclose()


async def failing(session: Session, call: Call = GET) -> TammaError:
    with pytest.raises(TammaError) as caught:
        await session.send(call)
    return caught.value


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_server_errors_are_retried_where_repeating_is_safe(method: str) -> None:
    """Two failures, then the answer."""
    scripted = Scripted([says({}, 500), says({}, 503), says({"ok": 1})])
    async with session_on(scripted) as session:
        answer = await session.send(Call(method="GET" if method == "GET" else "PUT", path="/thing"))
    assert (answer.json(), len(scripted.requests)) == ({"ok": 1}, 3)


async def test_a_retry_is_told_to_the_debug_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    """Python prints a warning that nobody handles, so a library's words would stand between those for the person."""
    caplog.set_level(logging.DEBUG)
    async with session_on(Scripted([says({}, 503), says({"ok": 1})])) as session:
        await session.send(GET)
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert any("the forge answered 503; asking again in" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_writes_are_never_repeated(method: str) -> None:
    """A POST that failed may have landed: it is sent once, and the caller looks."""
    scripted = Scripted([says({}, 503), says({"ok": 1})])
    methods = {"POST": "POST", "PATCH": "PATCH", "DELETE": "DELETE"}
    async with session_on(scripted) as session:
        error = await failing(session, Call(method=methods[method], path="/thing"))  # type: ignore[arg-type]  # one of the three
    assert isinstance(error, Unavailable)
    assert len(scripted.requests) == 1


async def test_attempts_are_bounded() -> None:
    """A host that stays down is `Unavailable` after three attempts."""
    scripted = Scripted([says({}, 500)])
    async with session_on(scripted) as session:
        assert isinstance(await failing(session), Unavailable)
    assert len(scripted.requests) == 3


async def test_refusals_are_answers() -> None:
    """A 4xx is not repeated and not raised here: the adapter knows what it means."""
    scripted = Scripted([says({"message": "no"}, 404)])
    async with session_on(scripted) as session:
        answer = await session.send(GET)
    assert (answer.status, answer.message(), len(scripted.requests)) == (404, "no", 1)


async def test_short_wait_is_waited_for() -> None:
    """429 with a short `Retry-After` is waited for and then answered."""
    scripted = Scripted([says({}, 429, retry_after="0"), says({"ok": 1})])
    async with session_on(scripted) as session:
        assert (await session.send(GET)).json() == {"ok": 1}


async def test_long_wait_is_handed_up() -> None:
    """429 with a long `Retry-After` parks the caller, and no further request goes out meanwhile."""
    scripted = Scripted([says({}, 429, retry_after="120"), says({"ok": 1})])
    async with session_on(scripted) as session:
        first, second = await failing(session), await failing(session)
    assert isinstance(first, RateLimited)
    assert isinstance(second, RateLimited)
    assert first.retry_after_s == 120
    assert 100 < (second.retry_after_s or 0) <= 120
    assert len(scripted.requests) == 1


async def test_breaker_stops_asking() -> None:
    """After five failures the host is left alone, and the error says for how long."""
    scripted = Scripted([says({}, 500)])
    options = SessionOptions(retry=QUICK, breaker=Breaker(threshold=5))
    async with session_on(scripted, options=options) as session:
        await failing(session)
        error = await failing(session)
        assert len(scripted.requests) == 5
        error = await failing(session)
    assert isinstance(error, Unavailable)
    assert 290 < (error.retry_after_s or 0) <= 300
    assert len(scripted.requests) == 5


async def test_refusals_do_not_open_the_breaker() -> None:
    """Ten times 403 and 404 are answers of a healthy host."""
    scripted = Scripted([says({}, 403), says({}, 404)])
    options = SessionOptions(retry=QUICK, breaker=Breaker(threshold=2))
    async with session_on(scripted, options=options) as session:
        for _ in range(10):
            assert (await session.send(GET)).status in {403, 404}
    assert len(scripted.requests) == 10


async def test_lost_connection_is_unavailable() -> None:
    """Nobody listens: an error with a hint, not a traceback of the client's."""
    async with serving(Scripted([says({})]).application()) as url:
        pass
    options = SessionOptions(retry=QUICK)
    session = Session(base_url=url, account="bot", authorization=None, secret=None, options=options)
    error = await failing(session)
    await session.aclose()
    assert isinstance(error, Unavailable)
    assert error.hint


async def test_a_name_that_nobody_resolves_is_unavailable() -> None:
    """A resolver that is down or knows no such name is a failure in passing: it is tried again, and then told."""
    session = Session(
        base_url="http://forge.invalid",
        account="bot",
        authorization=None,
        secret=None,
        options=SessionOptions(retry=QUICK),
    )
    error = await failing(session)
    await session.aclose()
    assert isinstance(error, Unavailable)
    assert "forge.invalid" in error.message


async def test_truncated_body_is_unavailable() -> None:
    """A connection that breaks inside the body is a failure of the network."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[1,")
        await writer.drain()

    await _speaking(speak, RetryPolicy(attempts=1), ConnectionLimits())


async def test_trickling_body_ends_at_the_deadline() -> None:
    """A server that sends a byte now and then does not hold us for ever."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    await _speaking(speak, RetryPolicy(attempts=1), ConnectionLimits(total_s=0.2))


async def _speaking(
    speak: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    retry: RetryPolicy,
    limits: ConnectionLimits,
) -> None:
    ended = asyncio.Event()

    async def spoken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await speak(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()
            ended.set()

    server = await asyncio.start_server(spoken, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    options = SessionOptions(retry=retry, limits=limits)
    session = Session(
        base_url=f"http://127.0.0.1:{port}", account="bot", authorization=None, secret=None, options=options
    )
    error = await failing(session)
    await session.aclose()
    await ended.wait()
    server.close()
    assert isinstance(error, Unavailable)


async def test_large_body_is_refused() -> None:
    """An answer over the limit is not read into memory."""
    scripted = Scripted([says("x" * 5000)])
    options = SessionOptions(retry=QUICK, limits=ConnectionLimits(body_bytes=1000))
    async with session_on(scripted, options=options) as session:
        assert isinstance(await failing(session), InvalidInput)


async def test_a_page_after_data_is_worth_another_try() -> None:
    """Where the same session was given data before, a proxy's page says nothing of address and token."""
    page = lambda _: Response("<html>", media_type="text/html")  # noqa: E731 - one of a list of answers
    async with session_on(Scripted([says({}), page])) as session:
        await session.send(GET)
        with pytest.raises(Unavailable, match="a page came in place of data"):
            await session.send(GET)


async def test_sign_in_page_is_no_success() -> None:
    """HTML or 203 where data was asked for is a failed authentication."""
    page = lambda _: Response("<html>", media_type="text/html")  # noqa: E731 - one of a list of answers
    scripted = Scripted([page, says({}, 203)])
    async with session_on(scripted) as session:
        for _ in range(2):
            error = await failing(session)
            assert isinstance(error, AuthenticationFailed)
            assert error.doubtful


async def test_redirects_are_not_followed() -> None:
    """The token goes nowhere that a server names."""
    away = lambda _: RedirectResponse("http://elsewhere.example/new/name", 308)  # noqa: E731 - as above
    login = lambda _: RedirectResponse("/user/login")  # noqa: E731 - as above
    scripted = Scripted([away, login])
    async with session_on(scripted) as session:
        assert isinstance(await failing(session), NotFound)
        error = await failing(session)
        assert isinstance(error, AuthenticationFailed)
        assert not error.doubtful
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_redirect_to_another_host_for_now_may_be_a_proxys(status: int) -> None:
    """A proxy that wants a sign-in sends us to it: doubted at first, and worth another try after data."""
    away = lambda _: RedirectResponse("http://sign-in.example/?for=forge", status)  # noqa: E731 - as above
    scripted = Scripted([away, says({}), away])
    async with session_on(scripted) as session:
        error = await failing(session)
        assert isinstance(error, AuthenticationFailed)
        assert error.doubtful
        await session.send(GET)
        with pytest.raises(Unavailable, match=r"a redirect to sign-in\.example came in place of data"):
            await session.send(GET)


@pytest.mark.parametrize(
    ("location", "status"),
    [
        ("http://127.0.0.1:1/new/name", 307),
        ("/new/name", 302),
        ("http://new.example/a", 301),
        ("http://[", 302),
        ("", 307),
    ],
)
async def test_what_moved_for_good_or_at_its_host_is_the_forges_word(location: str, status: int) -> None:
    """A renamed repository or host is said at once, also after data."""
    away = lambda _: Response(status_code=status, headers={"location": location})  # noqa: E731 - as above
    async with session_on(Scripted([says({}), away])) as session:
        await session.send(GET)
        assert isinstance(await failing(session), NotFound)


async def test_garbage_is_unavailable() -> None:
    """A body that is not JSON is named as such."""
    scripted = Scripted([lambda _: PlainTextResponse("nonsense")])
    async with session_on(scripted) as session:
        answer = await session.send(GET)
        with pytest.raises(Unavailable):
            answer.json()


async def test_secret_is_masked_in_refusals_and_hidden_from_observers() -> None:
    """A server that echoes the token does not make it leak into an error or a log."""
    seen: list[Exchange] = []
    scripted = Scripted([says({"message": f"bad token {SECRET}"}, 401)])
    options = SessionOptions(retry=QUICK, observe=seen.append)
    async with session_on(scripted, options=options) as session:
        answer = await session.send(Call(method="GET", path=f"/thing/{SECRET}", query={"q": SECRET}))
    assert answer.message() == "bad ***"
    assert SECRET not in repr(seen)
    assert (seen[0].status, seen[0].path) == (401, "/thing/***")
    assert scripted.requests[0].headers["authorization"] == f"token {SECRET}"


def tagged(request: Request) -> Response:
    """Answer by entity tag, the body naming the account."""
    who = request.headers["authorization"]
    if request.method == "GET" and request.headers.get("if-none-match") == '"1"':
        return Response(status_code=304)
    return JSONResponse({"who": who}, headers={"etag": '"1"', "cache-control": "public, max-age=600"})


async def test_known_body_is_confirmed_each_time() -> None:
    """The second read asks with the tag and gets the same body, however long the server says it may be kept."""
    scripted = Scripted([tagged])
    async with session_on(scripted) as session:
        first, second = await session.send(GET), await session.send(GET)
    assert (first.json(), second.status) == (second.json(), 200)
    assert [request.headers.get("if-none-match") for request in scripted.requests] == [None, '"1"']


async def test_accounts_do_not_share_bodies() -> None:
    """One store for two accounts: the second is not asked for the first one's tag."""
    scripted = Scripted([tagged])
    store = EtagStore()
    async with serving(scripted.application()) as url:
        for account in ("one", "two"):
            options = SessionOptions(retry=QUICK, store=store)
            session = Session(
                base_url=url, account=account, authorization=SecretStr(account), secret=None, options=options
            )
            assert (await session.send(GET)).json() == {"who": account}
            await session.aclose()
    assert [request.headers.get("if-none-match") for request in scripted.requests] == [None, None]


async def test_write_forgets_bodies() -> None:
    """After a write of the account the next read comes without a tag."""
    scripted = Scripted([tagged])
    store = EtagStore()
    async with session_on(scripted, options=SessionOptions(retry=QUICK, store=store)) as session:
        await session.send(GET)
        assert len(store) == 1
        await session.send(Call(method="POST", path="/other", body={}))
        assert len(store) == 0
        await session.send(GET)
    assert scripted.requests[-1].headers.get("if-none-match") is None


async def test_store_is_bounded() -> None:
    """The least recently used bodies go first."""
    store = EtagStore(max_entries=3)
    async with session_on(Scripted([tagged]), options=SessionOptions(retry=QUICK, store=store)) as session:
        for number in range(10):
            await session.send(Call(method="GET", path=f"/thing/{number}"))
    assert len(store) == 3


def paged(total: int, cap: int, *, links: bool = False, counts: bool = False) -> Callable[[Request], Response]:
    """Serve numbers, at most `cap` a page whatever is asked for."""

    def answer(request: Request) -> Response:
        page = int(request.query_params.get("page", "1"))
        shown = list(range(total))[(page - 1) * cap : page * cap]
        headers = {"x-total-count": str(total)} if counts else {}
        if links and page * cap < total:
            headers["link"] = f'<http://elsewhere.example/steal?page={page + 1}>; rel="next"'
        return JSONResponse(shown, headers=headers)

    return answer


@pytest.mark.parametrize("total", [0, 1, 7, 14, 15, 40])
@pytest.mark.parametrize(("links", "counts"), [(True, True), (True, False), (False, True), (False, False)])
async def test_all_pages_are_read_whatever_the_cap(total: int, links: bool, counts: bool) -> None:
    """A server that gives 7 where 50 were asked for, with every mix of headers, loses nothing."""
    scripted = Scripted([paged(total, 7, links=links, counts=counts)])
    call = Call(method="GET", path="/list", query={"limit": "50"})
    async with session_on(scripted) as session:
        found = [item async for page in session.pages(call, _items) for item in _items(page)]
    assert found == list(range(total))
    assert {request.url.path for request in scripted.requests} == {"/list"}


async def test_unpaged_list_without_headers_ends() -> None:
    """A server that ignores `page` is not asked for ever."""
    scripted = Scripted([says([1, 2, 3])])
    async with session_on(scripted) as session:
        found = [item async for page in session.pages(GET, _items) for item in _items(page)]
    assert (found, len(scripted.requests)) == ([1, 2, 3], 2)


def _items(answer: object) -> list[object]:
    value = answer.json()  # type: ignore[attr-defined]  # an Answer
    assert isinstance(value, list)
    return value


@pytest.mark.parametrize(
    "url",
    ["forge.example", "ftp://forge.example", "https://", "https://user:pw@forge.example", "https://f.example?x=1"],
)
def test_addresses_with_secrets_or_without_hosts_are_refused(url: str) -> None:
    """A password in an address is refused, and not repeated in the message."""
    with pytest.raises(ConfigError) as caught:
        Session(base_url=url, account="bot", authorization=None, secret=None, options=SessionOptions())
    assert "pw" not in str(caught.value)


async def test_concurrency_is_bounded() -> None:
    """No more requests are under way at once than the gate lets through, also while others come and go beside it."""
    running = highest = 0
    full, over = asyncio.Event(), asyncio.Event()

    async def answer(_: Request) -> Response:
        nonlocal running, highest
        running += 1
        highest = max(highest, running)
        if running == 3:
            full.set()
        await over.wait()
        running -= 1
        return JSONResponse({})

    async def beside(_: Request) -> Response:
        return JSONResponse({})

    def open_session(url: str) -> Session:
        options = SessionOptions(retry=QUICK, concurrency=3)
        return Session(base_url=url, account="bot", authorization=None, secret=None, options=options)

    async with serving(Starlette(routes=[Route("/thing", answer), Route("/beside", beside)])) as url:
        session, other = open_session(url), open_session(url)
        requests = [asyncio.create_task(session.send(GET)) for _ in range(12)]
        await full.wait()
        for _ in range(5):
            await other.send(Call(method="GET", path="/beside"))
        over.set()
        await asyncio.gather(*requests)
        await session.aclose()
        await other.aclose()
    assert highest == 3
