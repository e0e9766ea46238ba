"""Read streamed answers of the Messages API.

Source: Anthropic, Streaming messages; events message_start, content_block_{start,delta,stop}, message_delta, message_stop, ping, error.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
from tamma_core.domain.messages import Block, JsonObject, Message, Text, Thinking, ToolCall
from tamma_core.domain.usage import Price, Usage

from tamma_providers.arguments import read_call
from tamma_providers.catalogue import cost_of

STOPS: dict[str, StopReason] = {
    "end_turn": "end_turn",
    "stop_sequence": "end_turn",
    "max_tokens": "max_output_tokens",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "refusal": "refusal",
    "model_context_window_exceeded": "context_window",
}


@dataclass(slots=True)
class _Open:
    """Gather a content block while it streams."""

    kind: str
    id: str = ""
    name: str = ""
    given: JsonObject = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)


class AnswerReader:
    """Turn the events of one answer into chunks."""

    def __init__(self, provider: str, model: str, price: Price | None, error: Callable[[object], TammaError]) -> None:
        self.ended = False
        self._provider = provider
        self._model = model
        self._price = price
        self._error = error
        self._open: dict[int, _Open] = {}
        self._blocks: dict[int, Block] = {}
        self._counts: dict[str, int] = {}
        self._raw_stop = ""

    def read(self, event: str, data: str) -> Sequence[Chunk]:
        """Answer the chunks of one event; the type in the data counts, not the event's name."""
        try:
            body = json.loads(data)
            kind = body["type"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise self._error({"error": {"message": data}} if event == "error" else data) from None
        try:
            return self._chunks(kind, body)
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            raise TruncatedStream(
                f"`{self._provider}` sent a `{kind}` event that cannot be read ({error})", hint="try again"
            ) from None

    def finish(self) -> Sequence[Chunk]:
        """Answer the `End`; raise when the stream stopped early, or was refused with nothing usable."""
        if not self.ended:
            raise TruncatedStream(
                f"the answer of `{self._provider}` stopped before its end", hint="the server or a proxy closed it early"
            )
        blocks = tuple(self._blocks[index] for index in sorted(self._blocks))
        stop = self._stop(blocks)
        if stop == "refusal" and not any(isinstance(block, (Text, ToolCall)) for block in blocks):
            raise ModelRefused(f"`{self._model}` declined to answer", hint="a person has to reword the task or do it")
        usage = self._usage()
        return (
            End(Message("assistant", blocks), stop, self._raw_stop, usage, cost_of(self._price, usage), self._model),
        )

    def _chunks(self, kind: str, body: dict[str, Any]) -> Sequence[Chunk]:
        match kind:
            case "content_block_delta":
                return self._delta(body["index"], body["delta"])
            case "content_block_start":
                return self._start_block(body["index"], body["content_block"])
            case "content_block_stop":
                return self._stop_block(body["index"])
            case "message_start":
                return self._start(body["message"])
            case "message_delta":
                self._raw_stop = body["delta"].get("stop_reason") or self._raw_stop
                self._count(body.get("usage") or {})
                return (UsageSnapshot(self._usage()),)
            case "message_stop":
                self.ended = True
            case "error":
                raise self._error(body)
            case _:  # ping, and what later versions add
                pass
        return ()

    def _start(self, message: dict[str, Any]) -> Sequence[Chunk]:
        self._model = message.get("model") or self._model
        self._count(message.get("usage") or {})
        return (Start(message.get("id") or "", self._model), UsageSnapshot(self._usage()))

    def _start_block(self, index: int, block: dict[str, Any]) -> Sequence[Chunk]:
        kind = block["type"]
        opened = self._open[index] = _Open(kind)
        if kind == "tool_use":
            opened.id, opened.name, opened.given = block["id"], block["name"], block.get("input") or {}
            return (ToolStart(index, CallId(opened.id), opened.name),)
        if kind == "redacted_thinking":
            opened.given = {"data": block["data"]}
        elif text := block.get("text") or block.get("thinking"):
            opened.parts.append(text)
            return (TextDelta(index, text) if kind == "text" else ThinkingDelta(index, text),)
        return ()

    def _delta(self, index: int, delta: dict[str, Any]) -> Sequence[Chunk]:
        opened = self._open[index]
        match delta["type"]:
            case "text_delta":
                text = delta["text"]
                opened.parts.append(text)
                return (TextDelta(index, text),)
            case "input_json_delta":
                text = delta["partial_json"]
                opened.parts.append(text)
                return (ToolDelta(index, text),) if text else ()
            case "thinking_delta":
                text = delta["thinking"]
                opened.parts.append(text)
                return (ThinkingDelta(index, text),)
            case "signature_delta":
                opened.signature.append(delta["signature"])
            case _:  # citations, and what later versions add
                pass
        return ()

    def _stop_block(self, index: int) -> Sequence[Chunk]:
        opened = self._open.pop(index)
        text = "".join(opened.parts)
        match opened.kind:
            case "text":
                if text:
                    self._blocks[index] = Text(text)
            case "thinking":
                opaque: JsonObject = {"signature": "".join(opened.signature)} if opened.signature else {}
                self._blocks[index] = Thinking(text, self._provider, opaque)
            case "redacted_thinking":
                self._blocks[index] = Thinking("", self._provider, opened.given)
            case "tool_use":
                raw = text or (json.dumps(opened.given) if opened.given else "")
                call = self._blocks[index] = read_call(CallId(opened.id), opened.name, raw)
                return (ToolEnd(index, call),)
            case _:  # results of the vendor's own tools are not ours to keep
                pass
        return ()

    def _stop(self, blocks: tuple[Block, ...]) -> StopReason:
        if any(isinstance(block, ToolCall) for block in blocks) and self._raw_stop != "refusal":
            return "tool_calls"
        return STOPS.get(self._raw_stop, "end_turn")

    def _count(self, usage: dict[str, Any]) -> None:
        """Take over counts; those of later events are cumulative and replace the earlier ones."""
        self._counts.update({name: value for name, value in usage.items() if isinstance(value, int)})
        details = usage.get("output_tokens_details")
        if isinstance(details, dict) and isinstance(details.get("thinking_tokens"), int):
            self._counts["thinking_tokens"] = details["thinking_tokens"]

    def _usage(self) -> Usage:
        """Add the cache's tokens to the input, which the API counts without them."""
        counts = self._counts
        if not counts:
            return Usage()
        read, write = counts.get("cache_read_input_tokens", 0), counts.get("cache_creation_input_tokens", 0)
        return Usage(
            input_tokens=counts.get("input_tokens", 0) + read + write,
            output_tokens=counts.get("output_tokens", 0),
            cache_read_tokens=read,
            cache_write_tokens=write,
            reasoning_tokens=counts.get("thinking_tokens", 0),
            source="reported",
        )
