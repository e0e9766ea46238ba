"""Streams that do not behave, and callers that leave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from msgspec.structs import replace
from starlette.types import Receive, Scope, Send
from tamma_core.domain.chunks import Chunk, Start, TextDelta, UsageSnapshot
from tamma_core.domain.errors import ContextOverflow, Defect, QuotaExhausted, TruncatedStream, Unavailable
from tamma_core.domain.messages import JsonObject, MessageRequest, user
from tamma_core.ports.ai_provider import AIProvider
from tamma_core.testing.provider_contract import failure
from tamma_providers.collecting import collect
from tamma_providers.options import Patience, ProviderOptions, RetryPolicy
from tamma_providers.registry import open_provider
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.replies import Answer, Broken, in_turn
from tamma_providers.testing.serving import serving

Body = Callable[[Send], Awaitable[None]]
EVENTS = (
    'event: message_start\ndata: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":3}}}\n\n',
    'data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
    'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n',
)


def server(more: Body, *, left: asyncio.Event | None = None) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Make a server that begins an answer and goes on as `more` says."""

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for event in EVENTS:
            await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
        while (await receive()).get("more_body"):
            pass
        going = asyncio.ensure_future(more(send))
        while (await receive())["type"] != "http.disconnect":
            pass
        going.cancel()
        if left is not None:
            left.set()

    return app


def provider(url: str, idle_s: float = 30.0) -> AIProvider:
    options = ProviderOptions(retry=RetryPolicy(attempts=1), patience=Patience(idle_s=idle_s, first_event_s=idle_s))
    return open_provider("p", kind="anthropic", model="m", base_url=url, options=options)


async def repeat(send: Send, data: bytes) -> None:
    """Send the same for ever."""
    while True:
        await send({"type": "http.response.body", "body": data, "more_body": True})
        await asyncio.sleep(0.05)


async def broken(subject: AIProvider, request: MessageRequest) -> list[Chunk]:
    """Read a stream that must break off after some content; answer what came."""
    error, seen = await failure(subject.send_message(request), TruncatedStream)
    assert error.partial
    await subject.dispose()
    return seen


async def test_comments_alone_do_not_keep_a_stream_alive(request_: MessageRequest) -> None:
    """A proxy's keep-alive comments are not an answer."""
    async with serving(server(lambda send: repeat(send, b": keep-alive\n\n"))) as url:
        seen = await broken(provider(url, idle_s=0.3), request_)
    assert [type(chunk) for chunk in seen] == [Start, UsageSnapshot, TextDelta]


async def test_the_whole_call_is_bounded(request_: MessageRequest) -> None:
    """A stream that goes on for ever, never idle, ends at the time of the request."""
    async with serving(server(lambda send: repeat(send, EVENTS[2].encode()))) as url:
        started = asyncio.get_running_loop().time()
        seen = await broken(provider(url), replace(request_, timeout_s=0.5))
        assert asyncio.get_running_loop().time() - started < 3.0
    assert sum(isinstance(chunk, TextDelta) for chunk in seen) > 2


async def test_an_answer_has_a_largest_size(request_: MessageRequest) -> None:
    """A server that goes on and on fills no memory, however fast it is."""
    words = EVENTS[2].replace("Hi", "x" * 60_000).encode()
    async with serving(server(lambda send: repeat(send, words * 10))) as url:
        error, seen = await failure(provider(url).send_message(replace(request_, max_output_tokens=1)), TruncatedStream)
    assert "far more than it may" in error.message
    assert sum(len(chunk.delta) for chunk in seen if isinstance(chunk, TextDelta)) < 1 << 20


async def test_leaving_closes_the_connection(request_: MessageRequest) -> None:
    """A caller that leaves in the middle lets the server go at once."""
    left = asyncio.Event()
    async with serving(server(lambda send: repeat(send, EVENTS[2].encode()), left=left)) as url:
        subject = provider(url)
        stream = subject.send_message(request_)
        assert isinstance(await anext(stream), Start)
        await stream.aclose()  # type: ignore[attr-defined] # the stream is a generator
        await asyncio.wait_for(left.wait(), 5.0)
        await subject.dispose()


async def test_cancelling_closes_the_connection(request_: MessageRequest) -> None:
    """A cancelled caller lets the server go, and the cancellation goes through."""
    left = asyncio.Event()
    async with serving(server(lambda send: repeat(send, EVENTS[2].encode()), left=left)) as url:
        subject = provider(url)
        begun = asyncio.Event()

        async def read() -> None:
            async for _ in subject.send_message(request_):
                begun.set()

        reading = asyncio.ensure_future(read())
        await asyncio.wait_for(begun.wait(), 30.0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await asyncio.wait_for(left.wait(), 5.0)
        await subject.dispose()


async def test_slow_to_begin_is_unavailable(request_: MessageRequest) -> None:
    """A server that accepts and says nothing is given up before anything was delivered."""

    async def silent(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serving(silent) as url:
        subject = provider(url, idle_s=0.3)
        with pytest.raises(Unavailable, match="in time"):
            await collect(subject.send_message(request_))
        await subject.dispose()


async def test_a_quota_found_late_is_still_a_quota(
    claude: ScriptedAnthropic, claude_url: str, request_: MessageRequest
) -> None:
    """What no retry cures keeps its name, also after content."""
    body: JsonObject = {"error": {"type": "billing_error", "message": "no credit"}}
    claude.respond = in_turn(Broken(how="error", after_events=5, body=body))
    subject = provider(claude_url)
    with pytest.raises(QuotaExhausted):
        await collect(subject.send_message(request_))
    await subject.dispose()


async def test_a_silent_truncation_is_foreseen() -> None:
    """A server that would cut an over-long prompt is not asked, when its window is known."""
    options = ProviderOptions(dialect="ollama", context_tokens=2048)
    subject = open_provider("p", kind="local-llm", model="m", base_url="http://127.0.0.1:9", options=options)
    with pytest.raises(ContextOverflow) as told:
        await collect(subject.send_message(MessageRequest(messages=(user("x" * 9000),), model="m")))
    assert "OLLAMA_CONTEXT_LENGTH" in told.value.hint


async def test_a_stream_without_an_end_is_a_defect() -> None:
    """Collecting notices a provider that keeps no promise."""

    async def nothing() -> AsyncIterator[Chunk]:
        never: tuple[Chunk, ...] = ()
        for chunk in never:
            yield chunk

    with pytest.raises(Defect):
        await collect(nothing())


async def test_recipes_put_their_prompt_before_the_callers(
    claude: ScriptedAnthropic, claude_url: str, request_: MessageRequest
) -> None:
    """Each recipe has a prompt of its own, and the caller's follows it."""
    claude.respond = in_turn(Answer(text="Done."))
    subject = provider(claude_url)
    asked = replace(request_, system_prompt="Mind the gap.")
    ends = [
        await subject.generate_code(asked),
        await subject.analyze_context(asked),
        await subject.suggest_fix(asked),
        await subject.review_changes(asked),
    ]
    await subject.dispose()
    assert all(end.message.text == "Done." for end in ends)
    prompts = [str(recorded.json["system"]) for recorded in claude.requests]
    assert len(set(prompts)) == 4
    assert all("Mind the gap." in prompt for prompt in prompts)
