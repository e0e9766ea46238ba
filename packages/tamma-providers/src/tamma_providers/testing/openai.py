"""A rehearsed model that speaks OpenAI's Chat Completions, with the habits of a dialect."""

import json
from collections.abc import Iterator, Sequence
from typing import Literal

from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record

from tamma_providers.testing.anthropic import arguments_text, output_tokens
from tamma_providers.testing.offered_tools import Offered
from tamma_providers.testing.prompt_cache import Counted, PromptCache
from tamma_providers.testing.replies import Answer, AskedTool, Respond
from tamma_providers.testing.scripted import ScriptedModel, pieces

_NO_PARAMETERS: JsonObject = {"type": "object", "properties": {}}


class Habits(Record, frozen=True, kw_only=True):
    """Say how a server differs.

    `usage`: in a last chunk without choices, in the last one with choices, or not at all.
    """

    usage: Literal["own chunk", "last choice", "never"] = "own chunk"
    reasoning: str = "reasoning_content"
    tool_ids: bool = True
    tool_index: bool = True
    whole_arguments: bool = False
    stop_for_tools: str = "tool_calls"
    done: bool = True
    named_errors: bool = False
    cost_usd: float | None = None


HABITS: dict[str, Habits] = {
    "openai": Habits(),
    "vllm": Habits(reasoning="reasoning", stop_for_tools="stop"),
    "lmstudio": Habits(named_errors=True),
    "llamacpp": Habits(usage="last choice"),
    "ollama": Habits(reasoning="reasoning", whole_arguments=True),
}


class ScriptedOpenAI(ScriptedModel):
    """Answer `POST /v1/chat/completions` as the script says."""

    path = "/v1/chat/completions"

    def __init__(
        self, respond: Respond, *, key: str = "", models: tuple[str, ...] = (), habits: Habits | None = None
    ) -> None:
        super().__init__(respond, key=key, models=models)
        self._cache = PromptCache()
        self.habits = habits or Habits()

    def count(self, asked: JsonObject) -> Counted:
        """Count the input; this vendor caches each prefix by itself, and writing costs nothing extra."""
        counted = self._cache.count({**asked, "messages": _as_blocks(asked), "cache_control": {}})
        return Counted(fresh=counted.fresh + counted.written, read=counted.read, written=0)

    def events(self, answer: Answer, asked: JsonObject, counted: Counted) -> Iterator[str]:
        """Write the chunks of an answer."""
        head: JsonObject = {
            "id": f"chatcmpl-{len(self.requests):06}",
            "object": "chat.completion.chunk",
            "created": 1_790_000_000,
            "model": asked["model"],
        }
        for delta in self._deltas(answer):
            yield _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        stop = answer.stop or (self.habits.stop_for_tools if answer.tools else "stop")
        last: JsonObject = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": stop}]}
        usage = self._usage(answer, asked, counted)
        if usage and self.habits.usage == "last choice":
            last["usage"] = usage
        yield _data(last)
        if usage and self.habits.usage == "own chunk":
            yield _data({**head, "choices": [], "usage": usage})
        if self.habits.done:
            yield "data: [DONE]\n\n"

    def error(self, what: str) -> JsonObject:
        """Write the vendor's error body."""
        code = {"wrong key": "invalid_api_key", "no model": "model_not_found"}.get(what)
        return {"error": {"message": what, "type": "invalid_request_error", "param": None, "code": code}}

    def offered(self, asked: JsonObject) -> Sequence[Offered]:
        """List the functions; one without parameters takes none."""
        tools = asked.get("tools")
        functions = [
            tool.get("function") for tool in (tools if isinstance(tools, list) else ()) if isinstance(tool, dict)
        ]
        return [
            Offered(str(function["name"]), parameters)
            for function in functions
            if isinstance(function, dict) and isinstance(parameters := function.get("parameters", _NO_PARAMETERS), dict)
        ]

    def schema_error(self, number: int, tool: Offered, problem: str) -> JsonObject:
        """Write the vendor's error body."""
        return {
            "error": {
                "message": f"Invalid schema for function '{tool.name}': {problem}",
                "type": "invalid_request_error",
                "param": f"tools[{number}].function.parameters",
                "code": "invalid_function_parameters",
            }
        }

    def error_event(self, body: JsonObject) -> str:
        """Write an error inside a stream, with or without the event's name."""
        name = "event: error\n" if self.habits.named_errors else ""
        return name + _data(body or {"error": {"message": "overloaded", "type": "server_error", "code": None}})

    def _deltas(self, answer: Answer) -> Iterator[JsonObject]:
        yield {"role": "assistant", "content": ""}
        for piece in pieces(answer.thinking, answer.piece_chars):
            yield {self.habits.reasoning: piece}
        for piece in pieces(answer.text, answer.piece_chars):
            yield {"content": piece}
        for number, tool in enumerate(answer.tools):
            yield from self._call(number, tool, answer.piece_chars)

    def _call(self, number: int, tool: AskedTool, length: int) -> Iterator[JsonObject]:
        text = arguments_text(tool)
        place: JsonObject = {"index": number} if self.habits.tool_index else {}
        known: JsonObject = {"id": tool.id or f"call_{len(self.requests):06}_{number}"} if self.habits.tool_ids else {}
        whole = self.habits.whole_arguments
        first: JsonObject = {"name": tool.name, "arguments": text if whole else ""}
        yield {"tool_calls": [{**place, **known, "type": "function", "function": first}]}
        for piece in () if whole else pieces(text, length):
            yield {"tool_calls": [{**place, "function": {"arguments": piece}}]}

    def _usage(self, answer: Answer, asked: JsonObject, counted: Counted) -> JsonObject | None:
        options = asked.get("stream_options")
        wanted = isinstance(options, dict) and options.get("include_usage")
        if self.habits.usage == "never" or not wanted:
            return None
        total = counted.total if answer.input_tokens is None else answer.input_tokens
        spent = output_tokens(answer)
        usage: JsonObject = {
            "prompt_tokens": total,
            "completion_tokens": spent,
            "total_tokens": total + spent,
            "prompt_tokens_details": {"cached_tokens": min(counted.read, total)},
        }
        return usage if self.habits.cost_usd is None else {**usage, "cost": self.habits.cost_usd}


def _as_blocks(asked: JsonObject) -> list[JsonObject]:
    """Write each message as one marked block, for the cache to count."""
    messages = asked.get("messages")
    return [
        {"role": "any", "content": [{"type": "text", "text": json.dumps(message), "cache_control": {}}]}
        for message in (messages if isinstance(messages, list) else ())
    ]


def _data(body: JsonObject) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"
