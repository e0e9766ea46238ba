"""Answer the calls of one agent: judge, set money aside, ask the provider, count, tell."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from tamma_core.domain.agent import ModelAsked
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record
from tamma_core.domain.sent import Sent
from tamma_core.domain.usage import Usage
from tamma_core.ports.ai_provider import ModelChoice
from tamma_core.record.questions import Questions

from tamma_providers.gateway.asked import LONGEST_BODY, Asked, Refused, read_asked
from tamma_providers.gateway.dialect import Wire
from tamma_providers.gateway.metering import Call, Meter
from tamma_providers.gateway.passing import event_text, masked, written
from tamma_providers.gateway.reports import Tell
from tamma_providers.masked_events import masked_events
from tamma_providers.provider import StreamingProvider
from tamma_providers.streams import drain

if TYPE_CHECKING:
    import httpx2

_AT_ONCE = 8
_LONGEST_ERROR = 65_536
_LONGEST_TOLD = 1 << 20
LONGEST_REFUSED, _HALVED = 1 << 16, 1 << 14
"""Of a request that did not pass so much is read, and of that the end left out, where the cut may have halved a secret."""
MOST_REFUSED = 50
"""So many are told: an agent that goes on after them shall fill nobody's disk."""
_NOT_AGAIN = {"x-should-retry": "false"}
_VERSION = "2023-06-01"


class Offer(Record, frozen=True, kw_only=True):
    """Say what an agent is offered, and who counts."""

    provider: StreamingProvider[Any]
    wire: Wire
    choices: Mapping[str, ModelChoice]
    meter: Meter
    mask: Callable[[str], str]


class Service:
    """Hold the application."""

    def __init__(self, offer: Offer, http: "httpx2.AsyncClient", tell: Tell) -> None:
        self._offer = offer
        self._http = http
        self._tell = tell
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._ending: set[asyncio.Task[None]] = set()
        self._questions = Questions()
        self._refusals = 0
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT", "DELETE"])])

    async def finish(self) -> None:
        """Wait until every call that was passed on is settled and told."""
        await asyncio.gather(*self._ending)

    async def _answer(self, request: Request) -> Response:
        offer, wire = self._offer, self._offer.wire
        said = f"{request.method} {request.url.path}"
        try:
            if request.method != "POST" or request.url.path != wire.path:
                raise Refused(f"only POST {wire.path} is served here", status=404, kind="path")
            raw = await _bounded(request)
            said = raw.decode("utf-8", "replace")
            most = max(choice.max_output_tokens for choice in offer.choices.values())
            asked = read_asked(raw, wire, frozenset(offer.choices), most)
            call = await offer.meter.begin(asked, offer.choices[asked.model])
            call.request = self._sent(asked)
        except Refused as refused:
            return await self._refused(said, refused)
        try:
            async with self._room:
                return await self._passed(call)
        except asyncio.CancelledError:
            _ = self._later(self._told(call, 0, ""))
            raise

    async def _refused(self, said: str, refused: Refused) -> Response:
        wire = self._offer.wire
        status = wire.spent_status if refused.kind == "budget" else refused.status
        answer = JSONResponse(wire.error(status, refused.kind, refused.text), status, _NOT_AGAIN)
        self._refusals += 1
        if self._refusals > MOST_REFUSED:
            return answer
        await self._tell(
            ModelAsked(
                model="",
                status=status,
                request=self._questions.shorten("model", self._beginning_of(said), str),
                answer=self._clean(bytes(answer.body).decode()),
                complete=True,
                usage=Usage(),
                cost_usd=Decimal(0),
            )
        )
        return answer

    def _sent(self, asked: Asked) -> str:
        dialect = getattr(self._offer.provider, "dialect", None)
        usage: JsonObject = {"stream_options": {"include_usage": True}} if dialect and asked.streams else {}
        extra: JsonObject = {**usage, **self._offer.provider.spec.options.body}
        body = masked({**asked.body, **extra}, self._offer.mask)
        return written(body).decode() if isinstance(body, dict) else ""

    async def _passed(self, call: Call) -> Response:
        """Ask the provider; an answer that is no success is passed on and costs nothing."""
        import httpx2

        url = self._offer.provider.base_url.rstrip("/") + self._offer.wire.upstream_path
        headers = {"content-type": "application/json", "anthropic-version": _VERSION}
        try:
            response = await self._http.send(
                self._http.build_request("POST", url, content=call.request.encode(), headers=headers), stream=True
            )
        except httpx2.ConnectError:
            await call.free()
            return await self._failed(call, "the provider cannot be reached")
        except httpx2.HTTPError:
            return await self._failed(call, "the provider dropped the connection")
        if response.status_code != 200:  # noqa: PLR2004
            return await self._refusal(call, response)
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return StreamingResponse(self._events(call, response), media_type="text/event-stream")
        return await self._whole(call, response)

    async def _failed(self, call: Call, text: str) -> Response:
        answer = JSONResponse(self._offer.wire.error(502, "upstream", text), 502)
        await self._told(call, answer.status_code, bytes(answer.body).decode())
        return answer

    async def _refusal(self, call: Call, response: "httpx2.Response") -> Response:
        body, _ = await _beginning(response, _LONGEST_ERROR)
        await call.free()
        text = self._offer.mask(body.decode("utf-8", "replace"))
        await self._told(call, response.status_code, text)
        kept = {name: response.headers[name] for name in ("content-type", "retry-after") if name in response.headers}
        return Response(text, response.status_code, kept)

    async def _whole(self, call: Call, response: "httpx2.Response") -> Response:
        body, call.complete = await _beginning(response, LONGEST_BODY)
        if not call.complete:
            await self._told(call, 502, body.decode("utf-8", "replace"))
            return await self._failed(call, "the answer broke off")
        reader = self._offer.provider.reader(call.model)
        for event in _as_events(body):
            call.read(reader, "", event)
        await call.settle()
        await self._told(call, 200, body.decode("utf-8", "replace"))
        return Response(body, media_type="application/json")

    async def _events(self, call: Call, response: "httpx2.Response") -> AsyncIterator[bytes]:
        from httpx2 import EventSource, HTTPError

        reader = self._offer.provider.reader(call.model)
        came: list[bytes] = []
        broke = b""
        try:
            events = aiter(EventSource(response))
            async for event in events:
                call.read(reader, event.event, event.data)
                came.append(event_text(event.event, event.data))
                if came[1:]:
                    yield came[-2]
                if call.complete:
                    await drain(events)
                    break
        except HTTPError:
            # Said as the vendors do, so that nobody takes the beginning of an answer for the whole.
            broke = event_text("error", json.dumps(self._offer.wire.error(502, "upstream", "the answer broke off")))
        finally:
            # The agent may be gone, and this task with it: what it used is settled all the same.
            ending = self._later(self._ended(call, response, b"".join(came)))
        # The end is held back until it is journaled: an agent does nothing by an answer that the journal may not have.
        await asyncio.shield(ending)
        yield b"".join(came[-1:]) + broke

    def _later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        ending = asyncio.get_running_loop().create_task(work)
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        return ending

    async def _ended(self, call: Call, response: "httpx2.Response", came: bytes) -> None:
        await response.aclose()
        await call.settle()
        await self._told(call, 200, masked_events(came.decode(), self._offer.mask))

    async def _told(self, call: Call, status: int, answer: str) -> None:
        if call.told:
            return
        call.told = True
        await self._tell(
            ModelAsked(
                model=call.model,
                status=status,
                request=self._shortened(call.request),
                answer=self._clean(answer),
                complete=call.complete,
                usage=call.usage,
                cost_usd=call.cost_usd,
            )
        )

    def _clean(self, text: str) -> str:
        text = self._offer.mask(text)
        left_out = len(text) - _LONGEST_TOLD
        return f"{text[:_LONGEST_TOLD]}[… {left_out:,} characters left out]" if left_out > 0 else text

    def _beginning_of(self, refused: str) -> str:
        if len(refused) <= LONGEST_REFUSED:
            return self._clean(refused)
        return f"{self._clean(refused[:LONGEST_REFUSED])[:-_HALVED]}[… the rest left out]"

    def _shortened(self, request: str) -> Sent:
        return self._questions.shorten("model", self._clean(request), str)


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise Refused(f"a request of more than {LONGEST_BODY >> 20} MB does not pass", status=413)
    return bytes(body)


async def _beginning(response: "httpx2.Response", size: int) -> tuple[bytes, bool]:
    """Answer a body up to a size, and whether it came to its end or that far."""
    from httpx2 import HTTPError

    body = bytearray()
    try:
        async for part in response.aiter_bytes():
            body += part
            if len(body) >= size:
                break
    except HTTPError:
        return bytes(body), False
    finally:
        await response.aclose()
    return bytes(body), True


def _as_events(body: bytes) -> list[str]:
    """Write an answer that came as a whole as the event that begins one: its usage stands in the same place."""
    try:
        whole = json.loads(body)
    except ValueError:
        return []
    is_message = isinstance(whole, dict) and whole.get("type") == "message"
    return [json.dumps({"type": "message_start", "message": whole} if is_message else whole)]
