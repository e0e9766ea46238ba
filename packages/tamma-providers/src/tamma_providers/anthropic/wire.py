"""Build requests of the Messages API.

Source: Anthropic, Messages API reference, version 2026-10-21.
"""

from collections.abc import Sequence
from typing import assert_never

from pydantic import JsonValue
from tamma_core.domain.messages import (
    Block,
    JsonObject,
    Message,
    MessageRequest,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)

CACHE: JsonObject = {"type": "ephemeral"}


def request_body(request: MessageRequest, *, provider: str, temperature: bool) -> JsonObject:
    """Write a request.

    Shape: max_tokens, messages, model, and where set cache_control, system, tools, tool_choice, temperature.
    System prompt and tools carry breakpoints of their own; the one after the newest message is the top-level
    `cache_control`, since a marker inside a message would have to move and so break the byte-for-byte prefix.
    """
    body: JsonObject = {
        "max_tokens": request.max_output_tokens,
        "messages": [
            message for message in (_message(message, provider) for message in request.messages) if message["content"]
        ],
        "model": request.model,
    }
    if request.cache_prefix:
        body["cache_control"] = dict(CACHE)
    if request.system_prompt:
        body["system"] = [_marked({"type": "text", "text": request.system_prompt}, cache=request.cache_prefix)]
    if request.tools:
        body["tools"] = _tools(request.tools, cache=request.cache_prefix)
        body["tool_choice"] = {"type": request.tool_choice}
    if request.temperature is not None and temperature:
        body["temperature"] = request.temperature
    return body


def _message(message: Message, provider: str) -> JsonObject:
    blocks = (_block(block, provider) for block in message.blocks)
    return {"role": message.role, "content": [block for block in blocks if block is not None]}


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
