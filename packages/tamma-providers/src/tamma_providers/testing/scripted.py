"""The server side that both rehearsed dialects share."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import assert_never

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record

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

    With a `key`, requests that carry another one are refused.
    """

    path: str

    def __init__(self, respond: Respond, *, key: str = "", models: tuple[str, ...] = ()) -> None:
        self.respond = respond
        self.key = key
        self.models = models
        self.requests: list[Recorded] = []
        self.app = Starlette(routes=[Route(self.path, self._answer, methods=["POST"])])

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
        return self._response(self._refusal(request, asked) or self.respond(asked), asked, counted)

    def _refusal(self, request: Request, asked: JsonObject) -> HttpFailure | None:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return HttpFailure(status=401, body=self.error("wrong key"))
        if self.models and asked.get("model") not in self.models:
            return HttpFailure(status=404, body=self.error("no model"))
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
    def error(self, what: str) -> JsonObject:
        """Write the body of `wrong key` or `no model`."""

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
