"""Requests of Chat Completions."""

import json

from msgspec.structs import replace
from tamma_core.domain.ids import CallId
from tamma_core.domain.messages import (
    JsonObject,
    Message,
    MessageRequest,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    user,
)
from tamma_providers.dialects import Dialect, find_dialect
from tamma_providers.openai.wire import RequestWriter

TOOL = Tool("a", "A.", {"type": "object"})


def sent(request: MessageRequest, dialect: Dialect) -> JsonObject:
    body: JsonObject = json.loads(RequestWriter("p", dialect).body(request))
    return body


def test_results_come_before_words_and_after_their_calls() -> None:
    """Servers refuse a result that does not follow its call at once."""
    calls = Message("assistant", (Text("I look."), ToolCall(CallId("1"), "a", {"x": 1}, raw_arguments='{"x":1}')))
    turn = Message("user", (Text("And then?"), ToolResult(CallId("1"), "done")))
    request = MessageRequest(messages=(user("Hi"), calls, turn), model="m", system_prompt="S")
    function = {"name": "a", "arguments": '{"x":1}'}
    assert sent(request, find_dialect("openai"))["messages"] == [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [{"id": "1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "done"},
        {"role": "user", "content": "And then?"},
    ]


def test_broken_arguments_do_not_go_back() -> None:
    """A server that parses the history would refuse them for ever."""
    broken = Message("assistant", (ToolCall(CallId("1"), "a", {}, error="no JSON", raw_arguments='{"x'),))
    body = sent(MessageRequest(messages=(broken,), model="m"), find_dialect("vllm"))
    assert '{"x' not in str(body)


def test_dialects_differ_as_the_data_says() -> None:
    """Names of fields, usage in streams and forced calls come from the table."""
    request = MessageRequest(messages=(user("Hi"),), model="m", tools=(TOOL,), tool_choice="any", max_output_tokens=9)
    openai = sent(request, find_dialect("openai"))
    ollama = sent(request, find_dialect("ollama"))
    silent = sent(request, replace(find_dialect("openai"), usage="never"))
    assert (openai["max_completion_tokens"], openai["tool_choice"]) == (9, "required")
    assert openai["stream_options"] == {"include_usage": True}
    assert ollama["max_tokens"] == 9
    assert "tool_choice" not in ollama
    assert "stream_options" not in silent


def test_no_tools_are_offered_where_none_may_be_used() -> None:
    """A server without tool_choice is kept from calling by not being told of tools."""
    request = MessageRequest(messages=(user("Hi"),), model="m", tools=(TOOL,), tool_choice="none")
    assert "tools" not in sent(request, find_dialect("ollama"))
    assert sent(request, find_dialect("openai"))["tool_choice"] == "none"


def test_reasoning_goes_back_where_the_dialect_wants_it() -> None:
    """Under the name it came by, and never to another provider."""
    said = Message("assistant", (Thinking("why", "p", {"field": "reasoning"}), Thinking("x", "q"), Text("so")))
    request = MessageRequest(messages=(user("Hi"), said), model="m")
    wants = replace(find_dialect("openai"), reasoning_back=True)
    messages = sent(request, wants)["messages"]
    assert isinstance(messages, list)
    assert messages[1] == {"role": "assistant", "content": "so", "reasoning": "why"}
    assert "why" not in str(sent(request, find_dialect("openai")))
