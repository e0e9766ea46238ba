"""What the gateway lets pass in each dialect, and how it refuses there; whatever is not named does not pass."""

from collections.abc import Callable, Mapping

from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record
from tamma_core.sandbox.forwarding import HERE

ASKED_OUTPUT_TOKENS = 32_000
"""For a call that does not say how long its answer may be."""


class Wire(Record, frozen=True, kw_only=True):
    """Describe one dialect. Fields that are left out cost extra, reach the network, or hold an unknown."""

    path: str
    upstream_path: str
    """What follows the provider's configured address."""
    variables: Mapping[str, str]
    """Variables that lead a client here; the key is none, and clients insist on one."""
    spent_status: int
    """How the vendor says that money is used up."""
    fields: frozenset[str]
    output_fields: tuple[str, ...]
    """Names of the bound of an answer, the one to set first."""
    blocks: frozenset[str]
    """Kinds of content; none of them makes the vendor fetch something."""
    tool_kinds: frozenset[str]
    error: Callable[[int, str, str], JsonObject]
    """Write a refusal from status, kind and text in the vendor's own shape."""


def _anthropic_error(status: int, kind: str, text: str) -> JsonObject:
    named = {402: "billing_error", 404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error"}
    fallback = "api_error" if status >= 500 else "invalid_request_error"  # noqa: PLR2004 - the class of server errors
    return {
        "type": "error",
        "error": {"type": named.get(status, fallback), "message": text, "details": {"gateway": kind}},
    }


def _openai_error(status: int, kind: str, text: str) -> JsonObject:
    spent = kind == "budget"
    code = "insufficient_quota" if spent else "model_not_found" if kind == "model" else None
    fallback = "server_error" if status >= 500 else "invalid_request_error"  # noqa: PLR2004 - the class of server errors
    return {
        "error": {"message": text, "type": "insufficient_quota" if spent else fallback, "param": None, "code": code}
    }


MESSAGES = Wire(
    path="/v1/messages",
    upstream_path="/v1/messages",
    variables={"ANTHROPIC_BASE_URL": HERE, "ANTHROPIC_API_BASE": HERE, "ANTHROPIC_API_KEY": "none"},
    spent_status=402,
    fields=frozenset(
        {
            *("model", "messages", "max_tokens", "system", "tools", "tool_choice", "stream", "stop_sequences"),
            *("temperature", "top_p", "top_k", "thinking", "output_config", "cache_control"),
        }
    ),
    output_fields=("max_tokens",),
    blocks=frozenset({"text", "thinking", "redacted_thinking", "tool_use", "tool_result", "image"}),
    tool_kinds=frozenset({"custom"}),
    error=_anthropic_error,
)
CHAT_COMPLETIONS = Wire(
    path="/v1/chat/completions",
    upstream_path="/chat/completions",
    variables={"OPENAI_BASE_URL": f"{HERE}/v1", "OPENAI_API_BASE": f"{HERE}/v1", "OPENAI_API_KEY": "none"},
    spent_status=429,
    fields=frozenset(
        {
            *("model", "messages", "max_tokens", "max_completion_tokens", "tools", "tool_choice", "stream", "stop"),
            *("stream_options", "temperature", "top_p", "seed", "parallel_tool_calls", "reasoning_effort"),
            *("response_format", "frequency_penalty", "presence_penalty"),
        }
    ),
    output_fields=("max_completion_tokens", "max_tokens"),
    blocks=frozenset({"text", "refusal", "image_url"}),
    tool_kinds=frozenset({"function"}),
    error=_openai_error,
)
