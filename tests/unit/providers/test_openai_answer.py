"""Streamed answers of Chat Completions, with the habits of several servers."""

import json
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tamma_core.domain.chunks import Chunk, End
from tamma_core.domain.errors import ModelRefused, TammaError, TruncatedStream, Unavailable
from tamma_providers.dialects import Dialect, find_dialect
from tamma_providers.openai.answer import AnswerReader


def reader(dialect: Dialect | None = None) -> AnswerReader:
    def error(body: object) -> TammaError:
        return Unavailable(str(body), hint="h")

    return AnswerReader("p", "m", None, dialect or find_dialect("openai"), error)


def play(*events: Any, dialect: Dialect | None = None, done: bool = True) -> End:
    answer = reader(dialect)
    for event in events:
        answer.read("message", json.dumps(event))
    if done:
        answer.read("message", "[DONE]")
    chunks: list[Chunk] = list(answer.finish())
    end = chunks[-1]
    assert isinstance(end, End)
    return end


def chunk(delta: Any, finish: str | None = None, **more: Any) -> Any:
    return {"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def call(arguments: Any = "", **more: Any) -> Any:
    name = {"name": more.pop("name")} if "name" in more else {}
    return chunk({"tool_calls": [{**more, "function": {**name, "arguments": arguments}}]})


def test_calls_make_the_reason_whatever_the_server_says() -> None:
    """VLLM ends a forced call with `stop`, others a cut one with `length`."""
    for said in ("stop", "length", "tool_calls"):
        end = play(call("{}", index=0, id="1", name="a"), chunk({}, said))
        assert (end.stop_reason, end.raw_stop_reason) == ("tool_calls", said)


def test_calls_without_index() -> None:
    """A new id or a new name begins a call, and the rest belongs to the last one."""
    end = play(
        call('{"x"', id="1", name="a"), call(": 1}"), call('{"y": 2}', id="2", name="b"), chunk({}, "tool_calls")
    )
    assert [(made.id, made.name, made.arguments) for made in end.message.tool_calls] == [
        ("1", "a", {"x": 1}),
        ("2", "b", {"y": 2}),
    ]


def test_calls_that_share_an_index() -> None:
    """Some servers give each call the index 0; a different id keeps them apart."""
    end = play(
        call('{"x": 1}', index=0, id="1", name="a"), call('{"y": 2}', index=0, id="2", name="b"), chunk({}, "stop")
    )
    assert [made.arguments for made in end.message.tool_calls] == [{"x": 1}, {"y": 2}]


def test_calls_without_id_get_one_of_their_own() -> None:
    """An id is made where the server gives none, and differs between calls and answers."""
    end = play(call("{}", index=0, name="a"), call("{}", index=1, name="b"), chunk({}, "tool_calls"))
    first, second = end.message.tool_calls
    assert first.id != second.id
    assert first.id.startswith("call_c_")


def test_arguments_as_an_object() -> None:
    """Arguments that come parsed are taken as they are."""
    end = play(call({"x": 1}, index=0, id="1", name="a"), chunk({}, "tool_calls"))
    assert end.message.tool_calls[0].arguments == {"x": 1}


def test_usage_with_and_without_choices() -> None:
    """Usage is read wherever it comes, and input includes the cached part."""
    usage = {"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 64}}
    for events in (
        (chunk({"content": "a"}), chunk({}, "stop", usage=usage)),
        (chunk({"content": "a"}), chunk({}, "stop"), {"id": "c", "choices": [], "usage": usage}),
    ):
        told = play(*events).usage
        assert (told.input_tokens, told.cache_read_tokens, told.output_tokens, told.source) == (100, 64, 5, "reported")
    assert play(chunk({"content": "a"}, "stop")).usage.source == "absent"


def test_cost_told_by_the_server_wins() -> None:
    """A vendor's own figure is taken, exactly."""
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.00014}
    dialect = replace(find_dialect("openai"), cost="cost")
    assert play(chunk({"content": "a"}, "stop", usage=usage), dialect=dialect).cost_usd == Decimal("0.00014")


def test_a_finish_reason_is_enough_and_done_alone_is_not() -> None:
    """Some servers never say `[DONE]`; one that says only that has not finished."""
    assert play(chunk({"content": "a"}, "stop"), done=False).message.text == "a"
    with pytest.raises(TruncatedStream):
        play(chunk({"content": "a"}))


def test_filtered_with_nothing_is_an_error() -> None:
    """A filter that lets nothing through asks for a person; with text it is a stop reason."""
    with pytest.raises(ModelRefused):
        play(chunk({}, "content_filter"))
    with pytest.raises(ModelRefused):
        play(chunk({"refusal": "I will not."}), chunk({}, "stop"))
    assert play(chunk({"content": "a"}, "content_filter")).stop_reason == "content_filter"


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("error", '{"message": "boom"}'),
        ("message", '{"error": {"message": "boom"}}'),
        ("message", "boom"),
        ("message", "[]"),
    ],
)
def test_errors_inside_the_stream(event: str, data: str) -> None:
    """Named or not, an error event is an error."""
    with pytest.raises(Unavailable):
        reader().read(event, data)
