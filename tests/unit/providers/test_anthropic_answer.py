"""Streamed answers of the Messages API."""

import json

import pytest
from tamma_core.domain.chunks import Chunk, End
from tamma_core.domain.errors import ModelRefused, TammaError, TruncatedStream, Unavailable
from tamma_core.domain.messages import JsonObject, Thinking
from tamma_providers.anthropic.answer import STOPS, AnswerReader


def reader() -> AnswerReader:
    return AnswerReader("claude", "claude-opus-5-5", None, lambda body: Unavailable(str(body), hint="h"))


def play(*events: JsonObject) -> End:
    answer = reader()
    for event in events:
        answer.read(str(event["type"]), json.dumps(event))
    chunks: list[Chunk] = list(answer.finish())
    end = chunks[-1]
    assert isinstance(end, End)
    return end


def start(**usage: int) -> JsonObject:
    return {"type": "message_start", "message": {"id": "m", "model": "claude-opus-5-5", "usage": {**usage}}}


def stop(reason: str, **usage: int) -> tuple[JsonObject, JsonObject]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {**usage}}, {"type": "message_stop"}


def text(words: str) -> tuple[JsonObject, ...]:
    return (
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": words}},
        {"type": "content_block_stop", "index": 0},
    )


def test_input_includes_the_cache_and_output_is_cumulative() -> None:
    """The API leaves cached tokens out of the input; later counts replace earlier ones, not add to them."""
    first = start(input_tokens=10, cache_read_input_tokens=500, cache_creation_input_tokens=90, output_tokens=1)
    usage = play(first, *text("a"), *stop("end_turn", output_tokens=42)).usage
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (600, 500, 90)
    assert (usage.output_tokens, usage.source) == (42, "reported")


@pytest.mark.parametrize("raw", [raw for raw in STOPS if raw != "tool_use"])
def test_stop_reasons(raw: str) -> None:
    """Each reason of the API is told in our words, and in its own."""
    end = play(start(), *text("a"), *stop(raw))
    assert (end.stop_reason, end.raw_stop_reason) == (STOPS[raw], raw)


def test_refusal_with_text_is_an_end_and_without_is_an_error() -> None:
    """A refusal that says something is the caller's to judge."""
    assert play(start(), *text("I would rather not."), *stop("refusal")).stop_reason == "refusal"
    with pytest.raises(ModelRefused):
        play(start(), *stop("refusal"))


def test_redacted_thinking_is_kept_as_it_came() -> None:
    """Encrypted reasoning is not read, only carried."""
    block: JsonObject = {"type": "redacted_thinking", "data": "xyz"}
    opened: JsonObject = {"type": "content_block_start", "index": 0, "content_block": block}
    end = play(start(), opened, {"type": "content_block_stop", "index": 0}, *stop("end_turn"))
    assert end.message.blocks == (Thinking("", "claude", {"data": "xyz"}),)


def test_unknown_events_and_deltas_are_passed_over() -> None:
    """What later versions of the API add does not break this one."""
    first, *rest = text("a")
    new: JsonObject = {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {}}}
    assert play(start(), {"type": "brand_new"}, first, new, *rest, *stop("end_turn")).message.text == "a"


def test_without_the_terminal_event_there_is_no_end() -> None:
    """A stop reason alone does not end a message."""
    with pytest.raises(TruncatedStream):
        play(start(), *text("a"), stop("end_turn")[0])


@pytest.mark.parametrize(
    "data",
    ["not json", "[]", "{}", '{"type": "content_block_delta"}', '{"type": "content_block_stop", "index": 7}'],
)
def test_broken_events_are_errors_of_the_tree(data: str) -> None:
    """An event that cannot be read is no crash."""
    with pytest.raises(TammaError):
        reader().read("message", data)
