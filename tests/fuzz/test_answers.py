"""Answers of models: any event, in any order, cut at any byte."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tamma_core.domain.chunks import Chunk, End
from tamma_core.domain.errors import TammaError, Unavailable
from tamma_core.domain.ids import CallId
from tamma_providers.anthropic import answer as anthropic
from tamma_providers.arguments import read_call
from tamma_providers.dialects import find_dialect
from tamma_providers.openai import answer as openai
from tamma_providers.options import Patience
from tamma_providers.streams import Deadline, Reader, read_answer

from fuzz.material import changed_json, json_values, texts, typed

MESSAGES = [
    {"type": "message_start", "message": {"id": "m", "model": "x", "usage": {"input_tokens": 3}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Grüße 日本"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "id": "t", "name": "bash", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "input_json_delta", "partial_json": '{"command":"ls"}'},
    },
    {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
]
CHUNKS = [
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Grüße"}}]},
    {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]},
    {
        "choices": [
            {
                "delta": {
                    "tool_calls": [{"index": 0, "id": "t", "function": {"name": "bash", "arguments": '{"command":'}}]
                }
            }
        ]
    },
    {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": '"ls"}'}}]}}]},
    {
        "choices": [{"delta": {}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "cost": 0.1},
    },
]


def _unavailable(body: object) -> TammaError:
    return Unavailable(str(body)[:200])


def reading_messages() -> Reader:
    """Make a reader of the Messages API."""
    return anthropic.AnswerReader("p", "m", None, _unavailable)


def reading_completions() -> Reader:
    """Make a reader of Chat Completions."""
    return openai.AnswerReader("p", "m", None, find_dialect("openai"), _unavailable)


Make = Callable[[], Reader]
DIALECTS = pytest.mark.parametrize(
    ("make", "events"), [(reading_messages, MESSAGES), (reading_completions, CHUNKS)], ids=["messages", "completions"]
)


def read_all(reader: Reader, events: list[str]) -> list[Chunk]:
    """Read events until the end."""
    chunks: list[Chunk] = []
    for event in events:
        if not reader.ended:
            chunks += reader.read("message", event)
    return [*chunks, *reader.finish()]


@DIALECTS
@given(data=st.data())
def test_events_of_any_kind_end_in_one_end_or_one_typed_error(
    make: Make, events: list[Any], data: st.DataObject
) -> None:
    """Damaged, doubled, missing and foreign events never raise anything else."""
    some = data.draw(st.lists(changed_json(events).map(json.dumps) | texts | json_values.map(json.dumps), max_size=12))
    chunks = typed(lambda: read_all(make(), some))
    assert chunks is None or [isinstance(chunk, End) for chunk in chunks].count(True) == 1


@DIALECTS
@pytest.mark.parametrize("text", ["[" * 100_000, '{"type":' * 100_000, "1" * 5000, "NaN", '{"type": NaN}'])
def test_events_made_to_break_a_parser(make: Make, events: list[Any], text: str) -> None:
    """Nesting without an end and numbers without an end are unreadable answers, not defects."""
    assert events
    typed(lambda: read_all(make(), [text]))


async def chunks_of(make: Make, parts: list[bytes]) -> list[Chunk] | TammaError:
    """Read an answer that arrives in these parts."""

    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    asked = httpx2.Request("POST", "https://model.example")
    response = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=body(), request=asked)
    try:
        return [chunk async for chunk in read_answer(response, make(), Deadline("p", 30.0, Patience(), 8192))]
    except TammaError as error:
        return error


@DIALECTS
async def test_answer_is_the_same_wherever_it_is_cut(make: Make, events: list[Any]) -> None:
    """Two parts cut at every byte, inside characters too, read as one part; an answer that ends there is no whole one."""
    body = b"".join(b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n" for event in events)
    whole = await chunks_of(make, [body])
    assert isinstance(whole, list)
    for at in range(len(body)):
        assert await chunks_of(make, [body[:at], body[at:]]) == whole
        early = await chunks_of(make, [body[:at]])
        assert isinstance(early, TammaError) or early[-1] == whole[-1] or at > body.rindex(b"data:")


@pytest.mark.parametrize("raw", ["[" * 100_000, '{"a":' * 100_000, "[" * 900 + "]" * 900, "1" * 5000])
def test_arguments_made_to_break_a_parser(raw: str) -> None:
    """The model is told that this is no JSON."""
    assert read_call(CallId("1"), "bash", raw).error


@given(st.one_of(texts, json_values.map(json.dumps)))
@example('{"a": "\\ud800"}')
def test_arguments_of_a_tool_are_read_or_told_why_not(raw: str) -> None:
    """Whatever a model writes, there is a call, and what came is kept."""
    call = read_call(CallId("1"), "bash", raw)
    assert call.raw_arguments == raw
    json.dumps(call.arguments).encode()
