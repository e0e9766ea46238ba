"""Stand between a client and Gitea, and spoil requests and answers, on command or as the weather says.

The client is told nothing while upstream has done the work: what a crash between the two looks
like. Everything else passes through unchanged, git's streamed pushes and fetches included.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias, assert_never
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import h11

CHUNK_BYTES = 65536
_HOP_BY_HOP = {b"connection", b"expect", b"keep-alive", b"transfer-encoding", b"upgrade"}


class Fault(Enum):
    """Say what happens to a request that a rule matches."""

    HOLD = "hold"
    """Upstream answers; the answer waits for `release()`."""
    DROP_BEFORE = "drop before"
    """The connection is closed; upstream never sees the request."""
    DROP_AFTER = "drop after"
    """Upstream answers; the connection is closed instead."""
    BAD_GATEWAY = "bad gateway"
    """Upstream answers; the client is told 502."""
    UNAVAILABLE = "unavailable"
    """The client is told 503; upstream never sees the request."""
    TOO_MANY = "too many requests"
    """The client is told 429, to come back in a second; upstream never sees the request."""
    LATE = "late"
    """Upstream sees the request `DELAY_S` later, also when the client is gone by then."""
    HELD_BACK = "held back"
    """Upstream sees the request only after `release()`, also when the client is gone by then."""
    SLOW = "slow"
    """Upstream answers; the client hears of it `DELAY_S` later."""
    TRUNCATED = "truncated"
    """Upstream answers; the client gets half of the body."""
    PAGE = "page"
    """Upstream answers; the client gets a web page in its place."""
    STALE = "stale"
    """The client gets what the same question was answered before, as from a replica that lags behind."""


DELAY_S = 1.5
LAG_S = 3.0
Weather = Callable[[str, str], "Fault | None"]
"""Answer what happens to a request of this method and target; none lets it pass."""
Watch = Callable[[str, bytes], None]
"""See where a request went, and all of it that was sent but its authorization."""
_Told: TypeAlias = "tuple[h11.Response, bytes]"
_PAGE = b"<!DOCTYPE html><html><head><title>Sign in to the proxy</title></head></html>"


@dataclass(slots=True)
class Rule:
    """Strike the `nth` request (from 1) whose method and target match, once."""

    fault: Fault
    method: str
    target: re.Pattern[str]
    nth: int
    seen: int = 0
    upstream_status: int | None = None
    struck: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def matches(self, method: str, target: str) -> bool:
        """Count a request that fits, and tell whether it is the one to strike."""
        if method != self.method or not self.target.search(target):
            return False
        self.seen += 1
        return self.seen == self.nth

    async def happened(self, timeout_s: float = 30.0) -> None:
        """Return when the fault has struck: upstream has answered, unless dropped before."""
        async with asyncio.timeout(timeout_s):
            await self.struck.wait()

    def release(self) -> None:
        """Let a held answer go on to the client."""
        self.released.set()


class FaultyProxy:
    """Listen on a free loopback port and forward to `upstream`; an async context manager."""

    def __init__(
        self, upstream: str, weather: Weather = lambda _method, _target: None, watch: Watch | None = None
    ) -> None:
        parts = urlsplit(upstream)
        if parts.hostname is None or parts.port is None:
            raise ValueError(f"not an address with a port: {upstream}")
        self._host, self._port = parts.hostname, parts.port
        self._rules: list[Rule] = []
        self._weather = weather
        self._watch = watch
        self._answered: dict[str, tuple[float, _Told]] = {}
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.requests: list[tuple[str, str]] = []
        """Method and target of every request, in order of arrival."""

    @property
    def url(self) -> str:
        """Return the address that clients use in place of upstream's."""
        if self._server is None:
            raise RuntimeError("the proxy is not started")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        """Start listening."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection, held ones too."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def strike(self, fault: Fault, method: str, target: str, nth: int = 1) -> Rule:
        """Add a rule; `target` is a pattern searched in path and query."""
        rule = Rule(fault, method, re.compile(target), nth)
        self._rules.append(rule)
        return rule

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        import h11

        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            async with _closing(writer):
                await self._serve(_Peer.server(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError, h11.RemoteProtocolError):
            pass  # Either side may go away at any time; that is what kill tests do.
        except asyncio.CancelledError:
            pass  # Only closing the proxy cancels; the stream server would log it as an error.
        finally:
            self._connections.discard(task)

    async def _serve(self, client: _Peer) -> None:
        """Forward requests of one client connection until one side closes it."""
        import h11

        while True:
            request = await client.receive()
            if not isinstance(request, h11.Request):
                return
            if not await self._exchange(client, request):
                return
            client.connection.start_next_cycle()

    async def _exchange(self, client: _Peer, request: h11.Request) -> bool:
        """Forward one request and its answer; return whether the connection can be kept."""
        method, target = request.method.decode(), request.target.decode()
        self.requests.append((method, target))
        rule = self._rule_for(method, target)
        if rule is None and self._watch is None:
            return await self._pass_on(client, request)
        body = await _whole_body(client)
        if self._watch is not None:
            self._watch(f"{method} {target}", _shown(request) + body)
        told = await self._answer(rule, request, body)
        if rule is not None:
            rule.struck.set()
            told = await _spoiled(rule, told)
        if told is None:
            return False
        whole = rule is None or rule.fault is not Fault.TRUNCATED
        await _tell(client, told, whole=whole)
        return whole and client.reusable

    async def _answer(self, rule: Rule | None, request: h11.Request, body: bytes) -> _Told | None:
        """Answer what upstream says, or what is said in its place."""
        match None if rule is None else rule.fault:
            case Fault.DROP_BEFORE:
                return None
            case Fault.UNAVAILABLE:
                return _made(503, b"down for a moment")
            case Fault.TOO_MANY:
                return _made(429, b"slow down", ("retry-after", "1"))
            case Fault.LATE:
                await asyncio.sleep(DELAY_S)
            case Fault.HELD_BACK if rule is not None:
                rule.struck.set()
                await rule.released.wait()
            case Fault.STALE if (stale := self._remembered(request.target.decode())) is not None:
                return stale
        told = await self._ask_upstream(request, body)
        if rule is not None:
            rule.upstream_status = told[0].status_code
        return told

    def _remembered(self, target: str) -> _Told | None:
        """Answer what a question was answered a moment ago."""
        at, told = self._answered.get(target, (-LAG_S, None))
        return told if asyncio.get_running_loop().time() - at <= LAG_S else None

    async def _pass_on(self, client: _Peer, request: h11.Request) -> bool:
        async with self._upstream() as upstream:
            await _forward_request(client, upstream, request)
            await _forward_answer(upstream, client)
        return client.reusable

    async def _ask_upstream(self, request: h11.Request, body: bytes) -> _Told:
        """Pass a whole request on: what is on its way arrives, whatever becomes of who sent it."""
        import h11

        async with self._upstream() as upstream:
            await _send_whole(upstream, request, body)
            head = await _answer_head(upstream)
            answer = bytearray()
            while isinstance(event := await upstream.receive(), h11.Data):
                answer += event.data
        told = _relayed(head), bytes(answer)
        if request.method == b"GET" and head.status_code == 200:
            self._answered[request.target.decode()] = asyncio.get_running_loop().time(), told
        return told

    @contextlib.asynccontextmanager
    async def _upstream(self) -> AsyncIterator[_Peer]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        async with _closing(writer):
            yield _Peer.client(reader, writer)

    def _rule_for(self, method: str, target: str) -> Rule | None:
        # Every rule counts every request, so that `nth` does not depend on other rules.
        struck = [rule for rule in self._rules if rule.matches(method, target)]
        if struck:
            return struck[0]
        fault = self._weather(method, target)
        return None if fault is None else Rule(fault, method, re.compile(""), 1)


class _Peer:
    """Pair one h11 connection with its streams."""

    def __init__(
        self,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.connection = connection
        self._reader = reader
        self._writer = writer

    @classmethod
    def server(cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Self:
        import h11

        return cls(h11.Connection(h11.SERVER), reader, writer)

    @classmethod
    def client(cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Self:
        import h11

        return cls(h11.Connection(h11.CLIENT), reader, writer)

    @property
    def reusable(self) -> bool:
        """Tell whether both directions ended cleanly and another request may follow."""
        import h11

        return self.connection.our_state is h11.DONE and self.connection.their_state is h11.DONE

    async def receive(self) -> h11.Event:
        """Return the next event; a client that waits for leave to send its body gets it."""
        import h11

        while True:
            event = self.connection.next_event()
            if event is h11.PAUSED:
                raise ConnectionError("a request before the last one was answered")
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]  # the two markers are excluded above
            if self.connection.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
                await self.send(go_on)
            self.connection.receive_data(await self._reader.read(CHUNK_BYTES))

    async def send(self, event: h11.Event) -> None:
        """Write one event and wait until the other side can take more."""
        data = self.connection.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()


async def _forward_request(client: _Peer, upstream: _Peer, request: h11.Request) -> None:
    import h11

    headers = _end_to_end(request.headers)
    await upstream.send(h11.Request(method=request.method, target=request.target, headers=headers))
    while isinstance(event := await client.receive(), h11.Data):
        await upstream.send(h11.Data(data=event.data))
    if not isinstance(event, h11.EndOfMessage):
        raise ConnectionError("the client went away in the middle of a request")
    await upstream.send(h11.EndOfMessage())


async def _forward_answer(upstream: _Peer, client: _Peer) -> None:
    import h11

    answer = await _answer_head(upstream)
    await client.send(_relayed(answer))
    while isinstance(event := await upstream.receive(), h11.Data):
        await client.send(h11.Data(data=event.data))
    await client.send(h11.EndOfMessage())


async def _whole_body(client: _Peer) -> bytes:
    import h11

    body = bytearray()
    while isinstance(event := await client.receive(), h11.Data):
        body += event.data
    if not isinstance(event, h11.EndOfMessage):
        raise ConnectionError("the client went away in the middle of a request")
    return bytes(body)


async def _send_whole(upstream: _Peer, request: h11.Request, body: bytes) -> None:
    import h11

    headers = _end_to_end(request.headers)
    await upstream.send(h11.Request(method=request.method, target=request.target, headers=headers))
    await upstream.send(h11.Data(data=body))
    await upstream.send(h11.EndOfMessage())


def _shown(request: h11.Request) -> bytes:
    """Write a request's head without the one header that holds a secret and has to."""
    headers = (b"%s: %s\n" % header for header in request.headers if header[0] != b"authorization")
    return b"%s %s\n%s\n" % (request.method, request.target, b"".join(headers))


async def _spoiled(rule: Rule, told: _Told | None) -> _Told | None:
    """Do to an answer what the rule says; none stands for a connection that is closed."""
    match rule.fault:
        case Fault.HOLD:
            await rule.released.wait()
        case Fault.SLOW:
            await asyncio.sleep(DELAY_S)
        case Fault.BAD_GATEWAY:
            return _made(502, b"bad gateway")
        case Fault.PAGE:
            return _made(200, _PAGE, ("content-type", "text/html; charset=utf-8"))
        case Fault.DROP_AFTER | Fault.DROP_BEFORE:
            return None
        case Fault.UNAVAILABLE | Fault.TOO_MANY | Fault.LATE | Fault.HELD_BACK | Fault.TRUNCATED | Fault.STALE:
            pass
        case _:
            assert_never(rule.fault)
    return told


def _made(status: int, body: bytes, *headers: tuple[str, str]) -> _Told:
    import h11

    return h11.Response(status_code=status, headers=[("content-length", str(len(body))), *headers]), body


async def _tell(client: _Peer, told: _Told, *, whole: bool) -> None:
    import h11

    head, body = told
    await client.send(head)
    await client.send(h11.Data(data=body if whole else body[: len(body) // 2]))
    if whole:
        await client.send(h11.EndOfMessage())


async def _answer_head(upstream: _Peer) -> h11.Response:
    import h11

    while isinstance(event := await upstream.receive(), h11.InformationalResponse):
        continue
    if not isinstance(event, h11.Response):
        raise ConnectionError("upstream closed without an answer")
    return event


def _relayed(answer: h11.Response) -> h11.Response:
    import h11

    headers = _end_to_end(answer.headers)
    return h11.Response(status_code=answer.status_code, headers=headers, reason=answer.reason)


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Drop what concerns one connection only, and keep chunked framing where it was used."""
    given = list(headers)
    kept = [(name, value) for name, value in given if name not in _HOP_BY_HOP]
    if any(name == b"transfer-encoding" for name, _ in given):
        kept.append((b"transfer-encoding", b"chunked"))
    return kept


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
