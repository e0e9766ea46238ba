"""Read streamed answers of Chat Completions.

Source: OpenAI, Chat Completions streaming; chunks as data-only events, then `[DONE]`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from tamma_core.domain.chunks import (
    Chunk,
    End,
    Start,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolDelta,
    ToolEnd,
    ToolStart,
    UsageSnapshot,
)
from tamma_core.domain.errors import ModelRefused, TammaError, TruncatedStream
from tamma_core.domain.ids import CallId
from tamma_core.domain.messages import Block, Message, Text, Thinking, ToolCall
from tamma_core.domain.usage import Price, Usage

from tamma_providers.arguments import read_call
from tamma_providers.catalogue import cost_of
from tamma_providers.dialects import Dialect

STOPS: dict[str, StopReason] = {
    "stop": "end_turn",
    "length": "max_output_tokens",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "model_context_window_exceeded": "context_window",
}
_THINKING, _TEXT, _FIRST_CALL = 0, 1, 2


@dataclass(slots=True)
class _OpenCall:
    """Gather a tool call while it streams."""

    block: int
    id: str
    name: str = ""
    announced: bool = False
    parts: list[str] = field(default_factory=list)


class AnswerReader:
    """Turn the events of one answer into chunks."""

    def __init__(
        self,
        provider: str,
        model: str,
        price: Price | None,
        dialect: Dialect,
        error: Callable[[object], TammaError],
    ) -> None:
        self.ended = False
        self._provider = provider
        self._model = model
        self._price = price
        self._dialect = dialect
        self._error = error
        self._started = False
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._thinking_field = ""
        self._refusal: list[str] = []
        self._calls: dict[int, _OpenCall] = {}
        self._usage = Usage()
        self._cost: Decimal | None = None
        self._response_id = ""
        self._raw_stop = ""

    def read(self, event: str, data: str) -> Sequence[Chunk]:
        """Answer the chunks of one event."""
        if data.startswith("[DONE]"):
            self.ended = True
            return ()
        try:
            body = json.loads(data)
        except (ValueError, RecursionError):
            raise self._error({"error": {"message": data}} if event == "error" else data) from None
        if not isinstance(body, dict):
            raise self._error(data)
        if event == "error" or body.get("error"):
            raise self._error(body)
        try:
            return self._chunks(body)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError, OverflowError) as error:
            raise TruncatedStream(
                f"`{self._provider}` sent a chunk that cannot be read ({error})", hint="is the dialect the right one?"
            ) from None

    def finish(self) -> Sequence[Chunk]:
        """Answer the calls and the `End`; raise when the stream stopped early, or was refused with nothing usable.

        A finish reason ends an answer too: some servers never send `[DONE]`.
        """
        if not self._raw_stop:
            raise TruncatedStream(
                f"the answer of `{self._provider}` stopped before its end", hint="the server or a proxy closed it early"
            )
        ends = [
            ToolEnd(call.block, read_call(CallId(call.id), call.name, "".join(call.parts)))
            for _, call in sorted(self._calls.items())
        ]
        blocks = (*self._spoken(), *(end.call for end in ends))
        stop = self._stop(tuple(end.call for end in ends))
        if stop in {"refusal", "content_filter"} and not any(isinstance(block, (Text, ToolCall)) for block in blocks):
            raise ModelRefused(
                f"`{self._model}` or its filter declined to answer", hint="a person has to reword the task or do it"
            )
        cost = self._cost if self._cost is not None else cost_of(self._price, self._usage)
        return (*ends, End(Message("assistant", blocks), stop, self._raw_stop, self._usage, cost, self._model))

    def _chunks(self, body: dict[str, Any]) -> Sequence[Chunk]:
        chunks: list[Chunk] = []
        if not self._started:
            self._started = True
            self._response_id = body.get("id") or ""
            self._model = body.get("model") or self._model
            chunks.append(Start(self._response_id, self._model))
        for choice in body.get("choices") or ():
            if delta := choice.get("delta"):
                self._delta(delta, chunks)
            self._raw_stop = choice.get("finish_reason") or self._raw_stop
        if usage := body.get("usage"):
            self._count(usage)
            chunks.append(UsageSnapshot(self._usage))
        return chunks

    def _delta(self, delta: dict[str, Any], chunks: list[Chunk]) -> None:
        if text := delta.get("content"):
            self._text.append(text)
            chunks.append(TextDelta(_TEXT, text))
        if refusal := delta.get("refusal"):
            self._refusal.append(refusal)
        for name in self._dialect.reasoning:
            if thought := delta.get(name):
                self._thinking_field = name
                self._thinking.append(thought)
                chunks.append(ThinkingDelta(_THINKING, thought))
                break
        for position, part in enumerate(delta.get("tool_calls") or ()):
            self._call(position, part, chunks)

    def _call(self, position: int, part: dict[str, Any], chunks: list[Chunk]) -> None:
        """Take over a part of a call; servers leave out the index or the id, or send the whole at once."""
        function = part.get("function") or {}
        index = self._index(position, part)
        call = self._calls.get(index)
        if call is None:
            # Made from the answer's id, so that a call without one is not confused with one of another turn.
            own = part.get("id") or f"call_{self._response_id or 'answer'}_{index}"
            call = self._calls[index] = _OpenCall(_FIRST_CALL + len(self._calls), own)
        call.name += function.get("name") or ""
        if call.name and not call.announced:
            call.announced = True
            chunks.append(ToolStart(call.block, CallId(call.id), call.name))
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) or not arguments else json.dumps(arguments)
        if text:
            call.parts.append(text)
            chunks.append(ToolDelta(call.block, text))

    def _index(self, position: int, part: dict[str, Any]) -> int:
        """Tell which call a part belongs to; without an index, a new id or name begins a new call."""
        index = part.get("index")
        known = self._calls.get(index) if isinstance(index, int) else None
        if isinstance(index, int) and not (known and part.get("id") and part["id"] != known.id):
            return index
        same = [number for number, call in self._calls.items() if call.id == part.get("id")]
        if same:
            return same[0]
        fresh = bool(part.get("id") or (part.get("function") or {}).get("name")) or not self._calls
        return max(self._calls, default=-1) + 1 if fresh else max(self._calls) if position == 0 else position

    def _spoken(self) -> tuple[Block, ...]:
        blocks: list[Block] = []
        if self._thinking:
            blocks.append(Thinking("".join(self._thinking), self._provider, {"field": self._thinking_field}))
        if self._text:
            blocks.append(Text("".join(self._text)))
        return tuple(blocks)

    def _stop(self, calls: tuple[ToolCall, ...]) -> StopReason:
        stop = STOPS.get(self._raw_stop, "end_turn")
        if self._refusal and not calls:
            return "refusal"
        return "tool_calls" if calls and stop != "content_filter" else stop if stop != "tool_calls" else "end_turn"

    def _count(self, usage: dict[str, Any]) -> None:
        """Read usage; input includes what came from a cache."""
        read = usage.get("prompt_tokens_details") or {}
        spent = usage.get("completion_tokens_details") or {}
        self._usage = Usage(
            input_tokens=usage.get("prompt_tokens") or 0,
            output_tokens=usage.get("completion_tokens") or 0,
            cache_read_tokens=read.get("cached_tokens") or 0,
            cache_write_tokens=read.get("cache_write_tokens") or 0,
            reasoning_tokens=spent.get("reasoning_tokens") or 0,
            source="reported",
        )
        told = usage.get(self._dialect.cost) if self._dialect.cost else None
        if told is not None:
            try:
                self._cost = Decimal(str(told))
            except InvalidOperation:
                self._cost = None
