"""The server side that both rehearsed dialects share."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import assert_never

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record

from tamma_providers.testing.offered_tools import Offered, UnfitCall, check_calls, schema_problem
from tamma_providers.testing.prompt_cache import Counted, extends
from tamma_providers.testing.replies import Answer, Broken, HttpFailure, Reply, Respond


class Recorded(Record, frozen=True):
    """Keep one request as it came, and what its input counted."""

    path: str
    headers: dict[str, str]
    body: bytes
    counted: Counted

    @property
    def json(self) -> JsonObject:
        """Parse the body."""
        parsed: JsonObject = json.loads(self.body)
        return parsed


class ScriptedModel(ABC):
    """Answer requests of one dialect as `respond` says, and record them.

    With a `key`, requests that carry another one are refused. Schemas of tools that the vendor would refuse are
    refused, and calls that do not fit those that were offered fail the rehearsal (`UnfitCall`), unless `judges` is off.
    """

    path: str

    def __init__(self, respond: Respond, *, key: str = "", models: tuple[str, ...] = (), judges: bool = True) -> None:
        self.respond = respond
        self.key = key
        self.models = models
        self.judges = judges
        self.requests: list[Recorded] = []
        self.faults: list[UnfitCall] = []
        """What the script did that no model would."""
        self.app = Starlette(routes=[Route(self.path, self._answer, methods=["POST"])])
        self.app.state.faults = self.faults

    def cached_share(self) -> float:
        """Answer the cached part of all input tokens, from 0 to 1."""
        total = sum(recorded.counted.total for recorded in self.requests)
        return sum(recorded.counted.read for recorded in self.requests) / total if total else 0.0

    def not_extending(self) -> int:
        """Count the requests that do not extend the one before them byte for byte."""
        pairs = zip(self.requests, self.requests[1:], strict=False)
        return sum(not extends(earlier.body, later.body) for earlier, later in pairs)

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        asked: JsonObject = json.loads(body)
        counted = self.count(asked)
        self.requests.append(Recorded(request.url.path, dict(request.headers), body, counted))
        return self._response(self._refusal(request, asked) or self._played(asked), asked, counted)

    def _played(self, asked: JsonObject) -> Reply:
        """Answer by the script; what no model would answer is refused for good, and kept for who serves."""
        reply = self.respond(asked)
        try:
            if self.judges:
                check_calls(reply, self.offered(asked))
        except UnfitCall as fault:
            self.faults.append(fault)
            return HttpFailure(status=400, body=self.error(f"the rehearsal is at fault: {fault}"))
        return reply

    def _refusal(self, request: Request, asked: JsonObject) -> HttpFailure | None:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return HttpFailure(status=401, body=self.error("wrong key"))
        if self.models and asked.get("model") not in self.models:
            return HttpFailure(status=404, body=self.error("no model"))
        for number, tool in enumerate(self.offered(asked) if self.judges else ()):
            if problem := schema_problem(tool):
                return HttpFailure(status=400, body=self.schema_error(number, tool, problem))
        return None

    def _response(self, reply: Reply, asked: JsonObject, counted: Counted) -> Response:
        match reply:
            case HttpFailure(status=status, body=str(text), headers=headers):
                return HTMLResponse(text, status, headers)
            case HttpFailure(status=status, body=body, headers=headers):
                return JSONResponse(body, status, headers)
            case Answer():
                events = _bytes(self.events(reply, asked, counted), reply)
                return StreamingResponse(_paced(events), media_type="text/event-stream")
            case Broken(answer=answer):
                events = _bytes(self.events(answer, asked, counted), answer)
                return _BrokenResponse(reply, list(events)[: reply.after_events], self.error_event(reply.body))
            case _ as never:
                assert_never(never)

    @abstractmethod
    def count(self, asked: JsonObject) -> Counted:
        """Count the input of a request."""

    @abstractmethod
    def events(self, answer: Answer, asked: JsonObject, counted: Counted) -> Iterator[str]:
        """Write an answer as server-sent events, each ended by an empty line."""

    @abstractmethod
    def offered(self, asked: JsonObject) -> Sequence[Offered]:
        """List the tools of a request that have a schema."""

    @abstractmethod
    def error(self, what: str) -> JsonObject:
        """Write the body of `wrong key`, `no model`, or of a fault of the rehearsal."""

    @abstractmethod
    def schema_error(self, number: int, tool: Offered, problem: str) -> JsonObject:
        """Write the body by which the vendor refuses a tool's schema."""

    @abstractmethod
    def error_event(self, body: JsonObject) -> str:
        """Write an error inside a stream."""


class _BrokenResponse(Response):
    """Send the beginning of an answer, and then fail as the reply says."""

    media_type = "text/event-stream"

    def __init__(self, reply: Broken, beginning: list[bytes], error: str) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._reply = reply
        self._beginning = beginning
        self._error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's shape)
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for part in self._beginning:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        match self._reply.how:
            case "error":
                await send({"type": "http.response.body", "body": self._error.encode(), "more_body": False})
            case "clean":
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            case "stall":
                while (await receive())["type"] != "http.disconnect":
                    pass
            case "abrupt":  # the server drops the connection of an app that returns before its body ends
                await send({"type": "http.response.body", "body": b"", "more_body": True})
            case _ as never:
                assert_never(never)


def pieces(text: str, length: int) -> Iterator[str]:
    """Cut a text into deltas."""
    for start in range(0, len(text), max(1, length)):
        yield text[start : start + max(1, length)]


def _bytes(events: Iterator[str], answer: Answer) -> Iterator[bytes]:
    """Write events as they go onto the wire, one part an event, or cut at any byte."""
    encoded = (event.replace("\n", answer.newline).encode() for event in events)
    if not answer.piece_bytes:
        yield from encoded
        return
    whole = b"".join(encoded)
    for start in range(0, len(whole), answer.piece_bytes):
        yield whole[start : start + answer.piece_bytes]


async def _paced(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
        await asyncio.sleep(0)
