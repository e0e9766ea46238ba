"""Build requests of the Messages API.

Source: Anthropic, Messages API reference, version 2026-10-21.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from tamma_core.domain.messages import (
    Block,
    JsonObject,
    JsonValue,
    Message,
    MessageRequest,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)

from tamma_providers.body import WrittenMessages, with_messages

CACHE: JsonObject = {"type": "ephemeral"}


class RequestWriter:
    """Write the requests of one provider."""

    def __init__(self, provider: str) -> None:
        self._messages = WrittenMessages(lambda message: _message(message, provider))

    def body(self, request: MessageRequest, *, temperature: bool, extra: JsonObject | None = None) -> bytes:
        """Write a streamed request; `extra` are fields of the operator's, which replace ours.

        Shape: max_tokens, messages, model, stream, and where set cache_control, system, tools, tool_choice, temperature.
        System prompt and tools carry breakpoints of their own; the one after the newest message is the top-level
        `cache_control`, since a marker inside a message would have to move and so break the byte-for-byte prefix.
        """
        fields: JsonObject = {"max_tokens": request.max_output_tokens, "model": request.model, "stream": True}
        if request.cache_prefix:
            fields["cache_control"] = dict(CACHE)
        if request.system_prompt:
            fields["system"] = [_marked({"type": "text", "text": request.system_prompt}, cache=request.cache_prefix)]
        if request.tools:
            fields["tools"] = _tools(request.tools, cache=request.cache_prefix)
            fields["tool_choice"] = {"type": request.tool_choice}
        if request.temperature is not None and temperature:
            fields["temperature"] = request.temperature
        return with_messages({**fields, **(extra or {})}, self._messages.pieces(request.messages))


def _message(message: Message, provider: str) -> Iterator[JsonObject]:
    """Write a message, unless nothing of it is for this provider."""
    content: list[JsonValue] = [
        block for block in (_block(block, provider) for block in message.blocks) if block is not None
    ]
    if content:
        yield {"role": message.role, "content": content}


def _block(block: Block, provider: str) -> JsonObject | None:
    """Write a block; none for what this provider must not or need not see."""
    match block:
        case Text(text=text):
            return {"type": "text", "text": text} if text.strip() else None
        case Thinking(provider=origin, text=text, opaque=opaque):
            return _thinking(text, opaque) if origin == provider else None
        case ToolCall(id=call_id, name=name, arguments=arguments):
            return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}
        case ToolResult(call_id=call_id, content=content, is_error=is_error):
            result: JsonObject = {"type": "tool_result", "tool_use_id": call_id, "content": content}
            return {**result, "is_error": True} if is_error else result
        case _ as never:
            assert_never(never)


def _thinking(text: str, opaque: JsonObject) -> JsonObject | None:
    if "data" in opaque:
        return {"type": "redacted_thinking", "data": opaque["data"]}
    if "signature" not in opaque:
        return None
    return {"type": "thinking", "thinking": text, "signature": opaque["signature"]}


def _tools(tools: Sequence[Tool], *, cache: bool) -> list[JsonValue]:
    written: list[JsonObject] = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.parameters} for tool in tools
    ]
    return [*written[:-1], _marked(written[-1], cache=cache)]


def _marked(block: JsonObject, *, cache: bool) -> JsonObject:
    return {**block, "cache_control": dict(CACHE)} if cache else block
