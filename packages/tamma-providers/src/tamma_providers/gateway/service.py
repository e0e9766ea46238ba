"""Answer the calls of one agent: judge, set money aside, ask the provider, count, tell."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record
from tamma_core.ports.ai_provider import ModelChoice

from tamma_providers.gateway.asked import LONGEST_BODY, Asked, Refused, read_asked
from tamma_providers.gateway.dialect import Wire
from tamma_providers.gateway.metering import Call, Exchange, Meter, Tell
from tamma_providers.gateway.passing import event_text, masked, written
from tamma_providers.provider import StreamingProvider

if TYPE_CHECKING:
    import httpx2

_AT_ONCE = 8
_LONGEST_ERROR = 65_536
_LONGEST_TOLD = 1 << 20
_NOT_AGAIN = {"x-should-retry": "false"}
_VERSION = "2023-06-01"


class Offer(Record, frozen=True, kw_only=True):
    """Say what an agent is offered, and who counts and hears of it."""

    provider: StreamingProvider[Any]
    wire: Wire
    choices: Mapping[str, ModelChoice]
    meter: Meter
    tell: Tell
    mask: Callable[[str], str]


class Service:
    """Hold the application."""

    def __init__(self, offer: Offer, http: "httpx2.AsyncClient") -> None:
        self._offer = offer
        self._http = http
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._ending: set[asyncio.Task[None]] = set()
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT", "DELETE"])])

    async def finish(self) -> None:
        """Wait until every call that was passed on is settled and told."""
        await asyncio.gather(*self._ending)

    async def _answer(self, request: Request) -> Response:
        offer, wire = self._offer, self._offer.wire
        try:
            if request.method != "POST" or request.url.path != wire.path:
                raise Refused(f"only POST {wire.path} is served here", status=404, kind="path")
            raw = await _bounded(request)
            most = max(choice.max_output_tokens for choice in offer.choices.values())
            asked = read_asked(raw, wire, frozenset(offer.choices), most)
            call = await offer.meter.begin(asked, offer.choices[asked.model])
        except Refused as refused:
            status = wire.spent_status if refused.kind == "budget" else refused.status
            return JSONResponse(wire.error(status, refused.kind, refused.text), status, _NOT_AGAIN)
        async with self._room:
            return await self._passed(asked, call)

    async def _passed(self, asked: Asked, call: Call) -> Response:
        """Ask the provider; an answer that is no success is passed on and costs nothing."""
        import httpx2

        body = masked({**asked.body, **self._extra(asked)}, self._offer.mask)
        sent = written(body) if isinstance(body, dict) else b""
        url = self._offer.provider.base_url.rstrip("/") + self._offer.wire.upstream_path
        headers = {"content-type": "application/json", "anthropic-version": _VERSION}
        try:
            response = await self._http.send(
                self._http.build_request("POST", url, content=sent, headers=headers), stream=True
            )
        except httpx2.ConnectError:
            await call.free()
            return self._failed(502, "the provider cannot be reached")
        except httpx2.HTTPError:
            return self._failed(502, "the provider dropped the connection")
        if response.status_code != 200:  # noqa: PLR2004
            return await self._refusal(asked, call, response)
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return StreamingResponse(self._events(asked, call, response), media_type="text/event-stream")
        return await self._whole(asked, call, response)

    def _extra(self, asked: Asked) -> JsonObject:
        dialect = getattr(self._offer.provider, "dialect", None)
        usage: JsonObject = {"stream_options": {"include_usage": True}} if dialect and asked.streams else {}
        return {**usage, **self._offer.provider.spec.options.body}

    def _failed(self, status: int, text: str) -> Response:
        return JSONResponse(self._offer.wire.error(status, "upstream", text), status)

    async def _refusal(self, asked: Asked, call: Call, response: "httpx2.Response") -> Response:
        body = await _beginning(response, _LONGEST_ERROR)
        await call.free()
        text = self._offer.mask(body.decode("utf-8", "replace"))
        await self._told(asked, call, response.status_code, text)
        kept = {name: response.headers[name] for name in ("content-type", "retry-after") if name in response.headers}
        return Response(text, response.status_code, kept)

    async def _whole(self, asked: Asked, call: Call, response: "httpx2.Response") -> Response:
        body = await _beginning(response, LONGEST_BODY)
        reader = self._offer.provider.reader(asked.model)
        for event in _as_events(body):
            call.read(reader, "", event)
        call.complete = True
        await self._end(asked, call, body.decode("utf-8", "replace"))
        return Response(body, media_type="application/json")

    async def _events(self, asked: Asked, call: Call, response: "httpx2.Response") -> AsyncIterator[bytes]:
        from httpx2 import EventSource, HTTPError

        reader = self._offer.provider.reader(asked.model)
        told: list[str] = []
        try:
            async for event in EventSource(response):
                call.read(reader, event.event, event.data)
                told.append(event.data)
                yield event_text(event.event, event.data)
        except HTTPError:
            # Said as the vendors do, so that nobody takes the beginning of an answer for the whole.
            yield event_text("error", json.dumps(self._offer.wire.error(502, "upstream", "the answer broke off")))
        finally:
            # The agent may be gone, and this task with it: what it used is settled all the same.
            ending = asyncio.get_running_loop().create_task(self._ended(asked, call, response, "\n".join(told)))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _ended(self, asked: Asked, call: Call, response: "httpx2.Response", text: str) -> None:
        await response.aclose()
        await self._end(asked, call, text)

    async def _end(self, asked: Asked, call: Call, text: str) -> None:
        await call.settle()
        await self._told(asked, call, 200, text)

    async def _told(self, asked: Asked, call: Call, status: int, text: str) -> None:
        mask = self._offer.mask
        request = mask(written(asked.body).decode())[:_LONGEST_TOLD]
        answer = mask(text)[:_LONGEST_TOLD]
        await self._offer.tell(
            Exchange(
                model=asked.model,
                status=status,
                request=request,
                answer=answer,
                usage=call.usage,
                cost_usd=call.cost_usd,
            )
        )


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise Refused(f"a request of more than {LONGEST_BODY >> 20} MB does not pass", status=413)
    return bytes(body)


async def _beginning(response: "httpx2.Response", size: int) -> bytes:
    body = bytearray()
    try:
        async for part in response.aiter_bytes():
            body += part
            if len(body) >= size:
                break
    finally:
        await response.aclose()
    return bytes(body)


def _as_events(body: bytes) -> list[str]:
    """Write an answer that came as a whole as the event that begins one: its usage stands in the same place."""
    try:
        whole = json.loads(body)
    except ValueError:
        return []
    is_message = isinstance(whole, dict) and whole.get("type") == "message"
    return [json.dumps({"type": "message_start", "message": whole} if is_message else whole)]
