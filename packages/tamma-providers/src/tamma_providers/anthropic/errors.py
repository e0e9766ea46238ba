"""Map Anthropic's errors to the tree.

Source: Anthropic, API errors; the codes of `error.details.error_code` as the SDK 2.11 lists them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tamma_core.domain.errors import TammaError, Unavailable

from tamma_providers.failures import Kind, read_failure, to_error, unreachable

if TYPE_CHECKING:
    import anthropic

KINDS: Mapping[str, Kind] = {
    "contract_spend_limit_reached": "quota",
    "enforced_spend_limit_reached": "quota",
    "credit_balance_too_low": "quota",
    "1113": "quota",  # z.ai: no balance, said with status 429 and type rate_limit_error
    "1302": "rate",
    "1305": "rate",
    "billing_error": "quota",
    "authentication_error": "auth",
    "permission_error": "permission",
    "not_found_error": "missing",
    "rate_limit_error": "rate",
    "overloaded_error": "down",
    "api_error": "down",
    "timeout_error": "down",
    "invalid_request_error": "invalid",
}
_NO_CREDIT = "credit balance is too low"


def from_body(
    provider: str, model: str, status: int | None, body: object, secret: str, headers: Mapping[str, str] | None = None
) -> TammaError:
    """Read an error body, of a response or of an `error` event inside a stream."""
    failure = read_failure(provider, model, status, body, headers)
    known: Mapping[str, Kind] = {**KINDS, "invalid_request_error": "quota"} if _NO_CREDIT in failure.message else KINDS
    return to_error(failure, known, secret)


def from_sdk(provider: str, model: str, error: "anthropic.AnthropicError", secret: str) -> TammaError:
    """Translate what the SDK raised before the stream began."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        return from_body(provider, model, error.status_code, error.body, secret, error.response.headers)
    if isinstance(error, anthropic.APITimeoutError):
        return Unavailable(f"`{provider}` did not answer in time", hint="the server is slow or stuck")
    return unreachable(provider, error.__cause__ or error)
