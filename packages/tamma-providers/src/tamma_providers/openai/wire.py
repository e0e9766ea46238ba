"""Build requests of Chat Completions.

Source: OpenAI, Chat Completions API reference; differences of other servers in `data/dialects.toml`.
"""

import json
from collections.abc import Iterator
from typing import assert_never

from tamma_core.domain.messages import JsonObject, Message, MessageRequest, Text, Thinking, Tool, ToolCall, ToolResult

from tamma_providers.body import WrittenMessages, to_bytes, with_messages
from tamma_providers.dialects import Dialect


class RequestWriter:
    """Write the requests of one provider."""

    def __init__(self, provider: str, dialect: Dialect) -> None:
        self._dialect = dialect
        self._messages = WrittenMessages(lambda message: _message(message, provider, dialect))

    def body(self, request: MessageRequest, extra: JsonObject | None = None) -> bytes:
        """Write a streamed request; `extra` are fields of the operator's, which replace ours.

        Shape: messages, model, stream, the dialect's name for the bound of the answer, and where set stream_options,
        tools, tool_choice, temperature.
        """
        dialect = self._dialect
        fields: JsonObject = {"model": request.model, "stream": True, dialect.max_tokens: request.max_output_tokens}
        if dialect.usage == "asked":
            fields["stream_options"] = {"include_usage": True}
        if request.tools and (dialect.tool_choice or request.tool_choice != "none"):
            fields["tools"] = [_tool(tool) for tool in request.tools]
            if dialect.tool_choice and request.tool_choice != "auto":
                fields["tool_choice"] = dialect.forced_tool if request.tool_choice == "any" else "none"
        if request.temperature is not None:
            fields["temperature"] = request.temperature
        pieces = self._messages.pieces(request.messages)
        if request.system_prompt:
            pieces.insert(0, to_bytes({"role": "system", "content": request.system_prompt}))
        return with_messages({**fields, **(extra or {})}, pieces)


def _message(message: Message, provider: str, dialect: Dialect) -> Iterator[JsonObject]:
    match message.role:
        case "user":
            yield from _user(message)
        case "assistant":
            yield from _assistant(message, provider, dialect)
        case _ as never:
            assert_never(never)


def _user(message: Message) -> Iterator[JsonObject]:
    """Write results first: they must follow the calls that they answer."""
    for block in message.blocks:
        if isinstance(block, ToolResult):
            yield {"role": "tool", "tool_call_id": block.call_id, "content": block.content}
    text = "\n\n".join(block.text for block in message.blocks if isinstance(block, Text))
    if text:
        yield {"role": "user", "content": text}


def _assistant(message: Message, provider: str, dialect: Dialect) -> Iterator[JsonObject]:
    written: JsonObject = {"role": "assistant", "content": message.text or None}
    if message.tool_calls:
        written["tool_calls"] = [_call(call) for call in message.tool_calls]
    elif not message.text:
        return
    if dialect.reasoning_back:
        for block in message.blocks:
            if isinstance(block, Thinking) and block.provider == provider:
                written[str(block.opaque.get("field") or dialect.reasoning[0])] = block.text
    yield written


def _call(call: ToolCall) -> JsonObject:
    # Servers that parse the history refuse arguments that are not JSON, so the broken ones are left out.
    arguments = call.raw_arguments if call.raw_arguments.strip() and call.error is None else json.dumps(call.arguments)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _tool(tool: Tool) -> JsonObject:
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
    }
