"""What servers say went wrong, as errors of the tree."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tamma_core.domain.errors import (
    AuthenticationFailed,
    ConfigError,
    InvalidInput,
    NotFound,
    QuotaExhausted,
    RateLimited,
    TammaError,
    Unavailable,
)
from tamma_providers.anthropic import errors as anthropic_errors
from tamma_providers.failures import retry_after
from tamma_providers.openai import errors as openai_errors


def test_retry_after_in_each_form() -> None:
    """Seconds, milliseconds and dates are read; nonsense is no answer."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry_after({"retry-after": "12"}) == 12.0
    assert retry_after({"retry-after": "0.5"}) == 0.5
    assert retry_after({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    assert 25 <= (retry_after({"retry-after": later}) or 0) <= 30
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None


def test_key_and_long_text_do_not_get_into_messages() -> None:
    """The key, what looks like one, and more than a few words of the server are left out."""
    body = {"error": {"message": f"wrong key zz-9 or sk-proj-abcdefgh123 {'x' * 5000}", "code": "invalid_api_key"}}
    error = openai_errors.from_body("gpt", "gpt-6-luna", 401, body, "zz-9")
    assert "zz-9" not in error.message
    assert "abcdefgh123" not in error.message
    assert len(error.message) < 600


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, {"error": {"type": "rate_limit_error", "message": "slow", "code": "1113"}}, QuotaExhausted),
        (429, {"error": {"code": "1302", "message": "busy"}}, RateLimited),
        (200, {"error": {"type": "insufficient_quota", "code": "credit_balance_exhausted"}}, QuotaExhausted),
        (400, {"object": "error", "message": "bad", "type": "BadRequestError", "code": 400}, InvalidInput),
        (404, {"object": "error", "message": "no", "type": "NotFoundError", "code": 404}, NotFound),
        (400, {"error": "model is required"}, InvalidInput),
        (404, {"error": "model 'x' not found"}, NotFound),
        (402, {"error": {"message": "pay"}}, QuotaExhausted),
        (502, "<html>Bad gateway</html>", Unavailable),
        (200, "", Unavailable),
        (307, {}, ConfigError),
        (401, "Unauthorized", AuthenticationFailed),
        (404, "404 page not found", NotFound),
        (429, "", RateLimited),
        (401, "<html>Sign in to the proxy</html>", Unavailable),
    ],
)
def test_bodies_of_all_shapes(status: int, body: object, kind: type[TammaError]) -> None:
    """Bodies of several servers, also none and no JSON, become the error that tells what to do next."""
    error = openai_errors.from_body("local", "tiny", status, body, "")
    assert type(error) is kind
    assert error.hint


def test_no_credit_is_quota_though_said_as_a_bad_request() -> None:
    """Anthropic tells an empty account by a 400 with a text."""
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low"}}
    assert isinstance(anthropic_errors.from_body("claude", "claude-opus-5-5", 400, body, ""), QuotaExhausted)
