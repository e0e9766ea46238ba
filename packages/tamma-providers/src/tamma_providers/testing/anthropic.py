"""A rehearsed model that speaks Anthropic's Messages API."""

import json
from collections.abc import Iterator, Sequence

from tamma_core.domain.messages import JsonObject

from tamma_providers.testing.offered_tools import Offered
from tamma_providers.testing.prompt_cache import Counted, PromptCache
from tamma_providers.testing.replies import Answer, AskedTool, Respond
from tamma_providers.testing.scripted import ScriptedModel, pieces

_BYTES_PER_TOKEN = 4


class ScriptedAnthropic(ScriptedModel):
    """Answer `POST /v1/messages` as the script says, with the vendor's events and cache accounting."""

    path = "/v1/messages"

    def __init__(self, respond: Respond, *, key: str = "", models: tuple[str, ...] = (), judges: bool = True) -> None:
        super().__init__(respond, key=key, models=models, judges=judges)
        self._cache = PromptCache()

    def count(self, asked: JsonObject) -> Counted:
        """Count the input as the vendor's prompt cache would."""
        return self._cache.count(asked)

    def events(self, answer: Answer, asked: JsonObject, counted: Counted) -> Iterator[str]:
        """Write the events of an answer."""
        usage: JsonObject = {
            "input_tokens": counted.fresh if answer.input_tokens is None else answer.input_tokens,
            "cache_read_input_tokens": counted.read,
            "cache_creation_input_tokens": counted.written,
            "output_tokens": 1,
        }
        message: JsonObject = {
            "id": f"msg_{len(self.requests):06}",
            "type": "message",
            "role": "assistant",
            "model": asked["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }
        yield _event("message_start", {"message": message})
        yield _event("ping", {})
        for index, (start, deltas) in enumerate(self._blocks(answer)):
            yield _event("content_block_start", {"index": index, "content_block": start})
            for delta in deltas:
                yield _event("content_block_delta", {"index": index, "delta": delta})
            yield _event("content_block_stop", {"index": index})
        last: JsonObject = {
            "stop_reason": answer.stop or ("tool_use" if answer.tools else "end_turn"),
            "stop_sequence": None,
        }
        yield _event("message_delta", {"delta": last, "usage": {"output_tokens": output_tokens(answer)}})
        yield _event("message_stop", {})

    def error(self, what: str) -> JsonObject:
        """Write the vendor's error body."""
        kinds = {"wrong key": "authentication_error", "no model": "not_found_error"}
        kind = kinds.get(what, "invalid_request_error")
        return {"type": "error", "error": {"type": kind, "message": what}, "request_id": "req_000001"}

    def offered(self, asked: JsonObject) -> Sequence[Offered]:
        """List the tools that are not the vendor's own."""
        tools = asked.get("tools")
        return [
            Offered(str(tool["name"]), schema)
            for tool in (tools if isinstance(tools, list) else ())
            if isinstance(tool, dict) and isinstance(schema := tool.get("input_schema"), dict)
        ]

    def schema_error(self, number: int, tool: Offered, problem: str) -> JsonObject:
        """Write the vendor's error body, which names the tool by its place; what is wrong is ours to add."""
        return self.error(
            f"tools.{number}.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12 "
            f"(https://json-schema.org/draft/2020-12). `{tool.name}` {problem}"
        )

    def error_event(self, body: JsonObject) -> str:
        """Write an error event."""
        return _event("error", body or {"error": {"type": "overloaded_error", "message": "Overloaded"}})

    def _blocks(self, answer: Answer) -> Iterator[tuple[JsonObject, Iterator[JsonObject]]]:
        if answer.thinking:
            yield {"type": "thinking", "thinking": "", "signature": ""}, _thinking(answer)
        if answer.text:
            yield {"type": "text", "text": ""}, _text(answer)
        for number, tool in enumerate(answer.tools):
            call_id = tool.id or f"toolu_{len(self.requests):06}_{number}"
            yield {"type": "tool_use", "id": call_id, "name": tool.name, "input": {}}, _arguments(tool, answer)


def output_tokens(answer: Answer) -> int:
    """Count the tokens of an answer, or take what the script says."""
    if answer.output_tokens is not None:
        return answer.output_tokens
    written = answer.text + answer.thinking + "".join(map(arguments_text, answer.tools))
    return max(1, len(written.encode()) // _BYTES_PER_TOKEN)


def arguments_text(tool: AskedTool) -> str:
    """Write a tool's arguments as the model would."""
    return json.dumps(tool.arguments) if tool.raw is None else tool.raw


def _thinking(answer: Answer) -> Iterator[JsonObject]:
    for piece in pieces(answer.thinking, answer.piece_chars):
        yield {"type": "thinking_delta", "thinking": piece}
    yield {"type": "signature_delta", "signature": f"signed:{len(answer.thinking)}"}


def _text(answer: Answer) -> Iterator[JsonObject]:
    for piece in pieces(answer.text, answer.piece_chars):
        yield {"type": "text_delta", "text": piece}


def _arguments(tool: AskedTool, answer: Answer) -> Iterator[JsonObject]:
    yield {"type": "input_json_delta", "partial_json": ""}
    for piece in pieces(arguments_text(tool), answer.piece_chars):
        yield {"type": "input_json_delta", "partial_json": piece}


def _event(kind: str, body: JsonObject) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **body}, ensure_ascii=False)}\n\n"
