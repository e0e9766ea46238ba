"""What every provider must do, to be run by each adapter.

Subclass `ProviderContract` with a fixture `subject`; with a server that can be told what to answer, subclass
`ScriptedProviderContract` and add a fixture `stage`.
"""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Literal, Protocol, TypeVar

from tamma_core.domain.chunks import Chunk, End, Start, TextDelta, ThinkingDelta, ToolDelta, ToolEnd, ToolStart
from tamma_core.domain.errors import (
    AuthenticationFailed,
    ContextOverflow,
    InvalidInput,
    ModelRefused,
    NotFound,
    PermissionDenied,
    QuotaExhausted,
    RateLimited,
    TammaError,
    TruncatedStream,
    Unavailable,
)
from tamma_core.domain.messages import Message, MessageRequest, Text, Thinking, Tool, ToolResult, user
from tamma_core.domain.record import Record
from tamma_core.ports.ai_provider import AIProvider

Scene = Literal[
    "text",
    "split at each byte",
    "tools",
    "parallel tools",
    "broken arguments",
    "thinking",
    "empty",
    "refusal",
    "cut at the limit",
    "slow down",
    "slow down for an hour",
    "no quota",
    "overloaded",
    "overflow",
    "overflow in the stream",
    "bad request",
    "wrong key",
    "forbidden",
    "no such model",
    "proxy page",
    "proxy page with status 200",
    "error before content",
    "error after content",
    "closed before content",
    "closed after content",
    "dropped after content",
    "stalled",
]
SAID = "Grüße, 世界! line one\nline two \u2028 end"
READ = Tool(
    "read_file",
    "Read a file.",
    {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)
PATH = 'src/naïve "quoted".py'
SECRET = "sk-test-0123456789abcdef"
Error = TypeVar("Error", bound=TammaError)


class Subject(Record, frozen=True, kw_only=True):
    """Give the suite an initialised provider, and another one whose address nobody listens at."""

    provider: AIProvider
    unreachable: AIProvider
    model: str
    max_output_tokens: int = 64


class Stage(Protocol):
    """Tell the server behind the subject what to do."""

    def will(self, *scenes: Scene) -> None:
        """Play each scene for one request; the last one stays."""
        ...

    def requests(self) -> int:
        """Count the requests that came since."""
        ...

    def waits(self) -> list[float]:
        """List how long the provider waited between its attempts, in seconds."""
        ...


async def read(stream: AsyncIterator[Chunk]) -> list[Chunk]:
    """Read a stream to its end."""
    return [chunk async for chunk in stream]


async def failure(stream: AsyncIterator[Chunk], kind: type[Error]) -> tuple[Error, list[Chunk]]:
    """Read a stream that must fail with an error of a kind; answer it and what came before."""
    chunks: list[Chunk] = []
    try:
        async for chunk in stream:
            chunks.append(chunk)  # noqa: PERF401 (what came before the error is wanted)
    except kind as raised:
        error = raised
    else:
        raise AssertionError(f"the stream ended without {kind.__name__}: {chunks[-1:]}")
    assert not any(isinstance(chunk, End) for chunk in chunks), "an error came after the end"
    assert error.hint, "an error has no hint"
    assert SECRET not in f"{error}{error.hint}{error.__cause__}", "an error tells the key"
    return error, chunks


def end_of(chunks: list[Chunk]) -> End:
    """Answer the end, which must be the last chunk and the only one of its kind."""
    ends = [chunk for chunk in chunks if isinstance(chunk, End)]
    assert len(ends) == 1
    assert chunks[-1] is ends[0]
    return ends[0]


class ProviderContract:
    """What can be asked of any model, also of one that nobody can tell what to say."""

    def _ask(self, subject: Subject, text: str = "Say hello.") -> MessageRequest:
        return MessageRequest(
            messages=(user(text),), model=subject.model, max_output_tokens=subject.max_output_tokens, timeout_s=100.0
        )

    async def test_ends_once_and_delivers_what_it_ends_with(self, subject: Subject) -> None:
        """A stream ends in exactly one end, whose message is what was streamed."""
        chunks = await read(subject.provider.send_message(self._ask(subject)))
        end = end_of(chunks)
        assert isinstance(chunks[0], Start)
        assert end.message.role == "assistant"
        assert end.message.text == "".join(chunk.delta for chunk in chunks if isinstance(chunk, TextDelta))
        assert end.model

    async def test_usage_is_reported_or_said_to_be_absent(self, subject: Subject) -> None:
        """A provider that reports usage counts both directions; one that does not says so."""
        end = end_of(await read(subject.provider.send_message(self._ask(subject))))
        if subject.provider.get_capabilities(subject.model).reports_usage:
            assert end.usage.source == "reported"
            assert end.usage.input_tokens > 0
            assert end.usage.output_tokens > 0
        else:
            assert end.usage.source != "reported"
            assert end.cost_usd is None

    async def test_unknown_price_is_none(self, subject: Subject) -> None:
        """A cost is a Decimal where the price is known, and none where it is not."""
        end = end_of(await read(subject.provider.send_message(self._ask(subject))))
        known = subject.provider.get_capabilities(subject.model).price is not None
        assert isinstance(end.cost_usd, Decimal) if known else end.cost_usd is None

    async def test_its_answer_goes_back_as_history(self, subject: Subject) -> None:
        """The message of an end can be sent back and answered."""
        first = self._ask(subject)
        end = end_of(await read(subject.provider.send_message(first)))
        follow_up = MessageRequest(
            messages=(*first.messages, end.message, user("Once more.")),
            model=subject.model,
            max_output_tokens=subject.max_output_tokens,
            timeout_s=100.0,
        )
        assert end_of(await read(subject.provider.send_message(follow_up))).model

    async def test_capabilities_cost_no_request(self, subject: Subject) -> None:
        """Capabilities are told by a provider that cannot reach anything."""
        told = subject.unreachable.get_capabilities(subject.model)
        assert told.supports_streaming
        assert subject.model in told.supported_models

    async def test_unreachable_is_unavailable(self, subject: Subject) -> None:
        """A server that nobody started is unavailable."""
        await failure(subject.unreachable.send_message(self._ask(subject)), Unavailable)

    async def test_unknown_model_is_not_found(self, subject: Subject) -> None:
        """A model that the server lacks is not found."""
        request = MessageRequest(messages=(user("Hello."),), model="no-such-model", timeout_s=60.0)
        await failure(subject.provider.send_message(request), NotFound)

    async def test_leaving_early_is_allowed(self, subject: Subject) -> None:
        """A caller that stops reading leaves nothing behind that disturbs the next call."""
        stream = subject.provider.send_message(self._ask(subject))
        assert isinstance(await anext(stream), Start)
        await stream.aclose()  # type: ignore[attr-defined] # each provider's stream is a generator
        assert end_of(await read(subject.provider.send_message(self._ask(subject)))).model

    async def test_initialize_and_dispose_may_be_repeated(self, subject: Subject) -> None:
        """Both may be called twice, and a disposed provider may be used again."""
        await subject.provider.initialize()
        await subject.provider.dispose()
        await subject.provider.dispose()
        await subject.provider.initialize()
        assert end_of(await read(subject.provider.send_message(self._ask(subject)))).model


class ScriptedProviderContract(ProviderContract):
    """What can be asked where the server does as it is told."""

    async def test_text_survives_any_cut(self, subject: Subject, stage: Stage) -> None:
        """Text arrives whole when the stream is cut inside characters and lines."""
        stage.will("split at each byte")
        end = end_of(await read(subject.provider.send_message(self._ask(subject))))
        assert end.message.blocks == (Text(SAID),)
        assert end.stop_reason == "end_turn"

    async def test_tool_call_in_pieces(self, subject: Subject, stage: Stage) -> None:
        """A call is announced, streamed, and ends with its arguments parsed."""
        stage.will("tools")
        chunks = await read(subject.provider.send_message(self._with_tools(subject)))
        end = end_of(chunks)
        assert end.stop_reason == "tool_calls"
        (call,) = end.message.tool_calls
        assert (call.name, call.arguments, call.error) == ("read_file", {"path": PATH}, None)
        assert [chunk.name for chunk in chunks if isinstance(chunk, ToolStart)] == ["read_file"]
        assert [chunk.call for chunk in chunks if isinstance(chunk, ToolEnd)] == [call]
        streamed = "".join(chunk.delta for chunk in chunks if isinstance(chunk, ToolDelta))
        assert json.loads(streamed) == {"path": PATH}

    async def test_parallel_tools_stay_apart(self, subject: Subject, stage: Stage) -> None:
        """Two calls in one answer keep their ids and arguments."""
        stage.will("parallel tools")
        end = end_of(await read(subject.provider.send_message(self._with_tools(subject))))
        first, second = end.message.tool_calls
        assert (first.arguments, second.arguments) == ({"path": "a.py"}, {"path": "b.py"})
        assert first.id != second.id

    async def test_broken_arguments_are_told_not_raised(self, subject: Subject, stage: Stage) -> None:
        """Arguments that are not JSON come back with the call, and the turn can go on."""
        stage.will("broken arguments", "text")
        request = self._with_tools(subject)
        end = end_of(await read(subject.provider.send_message(request)))
        (call,) = end.message.tool_calls
        assert call.error
        assert call.raw_arguments == '{"path": '
        assert call.arguments == {}
        answered = Message("user", (ToolResult(call.id, call.error, is_error=True),))
        again = self._with_tools(subject, (*request.messages, end.message, answered))
        assert end_of(await read(subject.provider.send_message(again))).message.text

    async def test_thinking_is_kept_apart_and_goes_back(self, subject: Subject, stage: Stage) -> None:
        """Reasoning is a block of its own, marked with its provider, and may be sent back."""
        stage.will("thinking", "text")
        request = self._ask(subject)
        chunks = await read(subject.provider.send_message(request))
        thought, text = end_of(chunks).message.blocks
        assert isinstance(thought, Thinking)
        assert thought.provider == subject.provider.name
        assert thought.text == "".join(chunk.delta for chunk in chunks if isinstance(chunk, ThinkingDelta))
        assert text == Text(SAID)
        again = MessageRequest(
            messages=(*request.messages, end_of(chunks).message, user("Go on.")), model=subject.model
        )
        assert end_of(await read(subject.provider.send_message(again))).message.text

    async def test_empty_answer_is_an_end(self, subject: Subject, stage: Stage) -> None:
        """An answer without content ends without blocks, and does not spoil the history."""
        stage.will("empty", "text")
        request = self._ask(subject)
        end = end_of(await read(subject.provider.send_message(request)))
        assert end.message.blocks == ()
        again = MessageRequest(messages=(*request.messages, end.message, user("Go on.")), model=subject.model)
        assert end_of(await read(subject.provider.send_message(again))).message.text

    async def test_refusal_without_content(self, subject: Subject, stage: Stage) -> None:
        """A refusal with nothing usable is an error that asks for a person."""
        stage.will("refusal")
        await failure(subject.provider.send_message(self._ask(subject)), ModelRefused)

    async def test_cut_at_the_limit(self, subject: Subject, stage: Stage) -> None:
        """An answer cut at its limit says so."""
        stage.will("cut at the limit")
        end = end_of(await read(subject.provider.send_message(self._ask(subject))))
        assert end.stop_reason == "max_output_tokens"

    async def test_slow_down_is_waited_out(self, subject: Subject, stage: Stage) -> None:
        """A rate limit is waited out for at least as long as the server asked."""
        stage.will("slow down", "text")
        assert end_of(await read(subject.provider.send_message(self._ask(subject)))).message.text == SAID
        assert stage.requests() == 2
        assert stage.waits()[0] >= 7.0

    async def test_slow_down_for_long_is_raised(self, subject: Subject, stage: Stage) -> None:
        """A wait beyond the cap is raised at once, with its length."""
        stage.will("slow down for an hour")
        error, _ = await failure(subject.provider.send_message(self._ask(subject)), RateLimited)
        assert error.retry_after_s == 3600.0
        assert stage.requests() == 1

    async def test_attempts_are_bounded(self, subject: Subject, stage: Stage) -> None:
        """A server that stays overloaded is asked a few times, then given up."""
        stage.will("overloaded")
        await failure(subject.provider.send_message(self._ask(subject)), Unavailable)
        assert 2 <= stage.requests() <= 6

    async def test_what_no_retry_cures(self, subject: Subject, stage: Stage) -> None:
        """Each refusal for good becomes its own error after one request."""
        expected: dict[Scene, type[TammaError]] = {
            "no quota": QuotaExhausted,
            "overflow": ContextOverflow,
            "overflow in the stream": ContextOverflow,
            "bad request": InvalidInput,
            "wrong key": AuthenticationFailed,
            "forbidden": PermissionDenied,
            "no such model": NotFound,
        }
        for scene, kind in expected.items():
            stage.will(scene)
            await failure(subject.provider.send_message(self._ask(subject)), kind)
            assert stage.requests() == 1, scene

    async def test_proxy_page_is_unavailable(self, subject: Subject, stage: Stage) -> None:
        """A page of a proxy is not taken for an answer, whatever its status."""
        for scene in ("proxy page", "proxy page with status 200"):
            stage.will(scene)
            error, _ = await failure(subject.provider.send_message(self._ask(subject)), Unavailable)
            assert "proxy" in error.hint

    async def test_failures_before_content_are_tried_again(self, subject: Subject, stage: Stage) -> None:
        """Until the first content nobody saw anything, so the same request is sent again."""
        for scene in ("error before content", "closed before content", "overloaded"):
            stage.will(scene, "text")
            chunks = await read(subject.provider.send_message(self._ask(subject)))
            assert end_of(chunks).message.text == SAID
            assert sum(isinstance(chunk, Start) for chunk in chunks) == 1
            assert stage.requests() == 2, scene

    async def test_failures_after_content_are_raised(self, subject: Subject, stage: Stage) -> None:
        """After the first content nothing is sent again; the error says that a part was delivered."""
        for scene in ("error after content", "closed after content", "dropped after content", "stalled"):
            stage.will(scene)
            error, seen = await failure(subject.provider.send_message(self._ask(subject)), TruncatedStream)
            assert error.partial, scene
            assert any(isinstance(chunk, TextDelta) for chunk in seen)
            assert stage.requests() == 1, scene

    async def test_recipes_answer(self, subject: Subject, stage: Stage) -> None:
        """The four recipes answer whole."""
        provider = subject.provider
        for recipe in (
            provider.generate_code,
            provider.analyze_context,
            provider.suggest_fix,
            provider.review_changes,
        ):
            stage.will("text")
            assert (await recipe(self._ask(subject))).message.text == SAID

    def _with_tools(self, subject: Subject, messages: tuple[Message, ...] = ()) -> MessageRequest:
        return MessageRequest(messages=messages or (user("Read it."),), model=subject.model, tools=(READ,))
