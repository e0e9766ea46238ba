"""Map the errors of OpenAI, and of servers of its dialect, to the tree.

Source: OpenAI, Error codes; bodies recorded from vLLM, llama.cpp, LM Studio, Ollama and z.ai.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tamma_core.domain.errors import TammaError, Unavailable

from tamma_providers.failures import Kind, read_failure, to_error, unreachable

if TYPE_CHECKING:
    import openai

KINDS: Mapping[str, Kind] = {
    "insufficient_quota": "quota",
    "credit_balance_exhausted": "quota",
    "billing_hard_limit_reached": "quota",
    "billing_not_active": "quota",
    "1113": "quota",  # z.ai: no balance
    "1302": "rate",
    "1305": "rate",
    "invalid_api_key": "auth",
    "authentication_error": "auth",
    "permission_error": "permission",
    "model_not_found": "missing",
    "not_found_error": "missing",
    "NotFoundError": "missing",
    "rate_limit_exceeded": "rate",
    "rate_limit_error": "rate",
    "tokens": "rate",
    "requests": "rate",
    "content_filter": "refused",
    "content_policy_violation": "refused",
    "server_error": "down",
    "internal_server_error": "down",
    "overloaded_error": "down",
    "unavailable_error": "down",
    "BadRequestError": "invalid",
}


def from_body(
    provider: str, model: str, status: int | None, body: object, secret: str, headers: Mapping[str, str] | None = None
) -> TammaError:
    """Read an error body, of a response or of an event inside a stream."""
    return to_error(read_failure(provider, model, status, body, headers), KINDS, secret)


def from_sdk(provider: str, model: str, error: "openai.OpenAIError", secret: str) -> TammaError:
    """Translate what the SDK raised before the stream began."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return from_body(provider, model, error.status_code, _body(error), secret, error.response.headers)
    if isinstance(error, openai.APITimeoutError):
        return Unavailable(f"`{provider}` did not answer in time", hint="the server is slow or stuck")
    return unreachable(provider, error.__cause__ or error)


def _body(error: "openai.APIStatusError") -> object:
    """Answer the body as it came: the SDK keeps only what stands under `error`."""
    return error.response.text if error.response.is_stream_consumed else error.body
