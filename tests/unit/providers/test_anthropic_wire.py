"""Requests of the Messages API."""

import json

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
from tamma_providers.anthropic.wire import RequestWriter

TOOLS = (Tool("a", "A.", {"type": "object"}), Tool("b", "B.", {"type": "object"}))


def sent(request: MessageRequest, *, temperature: bool = True) -> JsonObject:
    body: JsonObject = json.loads(RequestWriter("p").body(request, temperature=temperature))
    return body


def test_breakpoints_never_stand_inside_messages() -> None:
    """System and the last tool are marked, the newest message by the top-level field: nothing earlier ever changes."""
    request = MessageRequest(messages=(user("Hi"),), model="m", system_prompt="Be brief.", tools=TOOLS)
    body = sent(request)
    mark = {"type": "ephemeral"}
    assert body["cache_control"] == mark
    assert body["system"] == [{"type": "text", "text": "Be brief.", "cache_control": mark}]
    tools = body["tools"]
    assert isinstance(tools, list)
    assert ["cache_control" in tool for tool in tools if isinstance(tool, dict)] == [False, True]
    assert "cache_control" not in str(body["messages"])


def test_without_caching_nothing_is_marked() -> None:
    """A request that asks for no caching carries no mark at all."""
    request = MessageRequest(messages=(user("Hi"),), model="m", system_prompt="S", tools=TOOLS, cache_prefix=False)
    assert "cache_control" not in str(sent(request))


def test_thinking_goes_back_to_its_own_provider_only() -> None:
    """Signed and redacted reasoning goes back unchanged; that of another provider, and unsigned, is dropped."""
    blocks = (
        Thinking("why", "p", {"signature": "s"}),
        Thinking("", "p", {"data": "d"}),
        Thinking("foreign", "q", {"signature": "s"}),
        Thinking("unsigned", "p"),
        Text("so"),
    )
    request = MessageRequest(messages=(user("Hi"), Message("assistant", blocks)), model="m")
    messages = sent(request)["messages"]
    assert isinstance(messages, list)
    assert messages[1] == {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "why", "signature": "s"},
            {"type": "redacted_thinking", "data": "d"},
            {"type": "text", "text": "so"},
        ],
    }


def test_empty_messages_are_left_out() -> None:
    """A turn without content would be refused, so it is not sent."""
    request = MessageRequest(messages=(user("Hi"), Message("assistant", ()), user("Go on")), model="m")
    messages = sent(request)["messages"]
    assert isinstance(messages, list)
    assert len(messages) == 2


def test_results_of_tools() -> None:
    """A result names its call, and says when it is an error."""
    turn = Message("user", (ToolResult(CallId("1"), "no", is_error=True), ToolResult(CallId("2"), "yes")))
    calls = Message("assistant", (ToolCall(CallId("1"), "a", {}), ToolCall(CallId("2"), "b", {"x": 1})))
    messages = sent(MessageRequest(messages=(calls, turn), model="m"))["messages"]
    assert isinstance(messages, list)
    assert messages[1] == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "1", "content": "no", "is_error": True},
            {"type": "tool_result", "tool_use_id": "2", "content": "yes"},
        ],
    }


def test_temperature_only_where_the_model_takes_it() -> None:
    """New API versions refuse the parameter even at its default."""
    request = MessageRequest(messages=(user("Hi"),), model="m", temperature=0.0)
    assert sent(request)["temperature"] == 0.0
    assert "temperature" not in sent(request, temperature=False)
