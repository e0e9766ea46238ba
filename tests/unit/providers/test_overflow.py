"""The table of overflows against bodies as servers send them."""

import pytest
from tamma_core.domain.errors import ContextOverflow, RateLimited
from tamma_providers.anthropic import errors as anthropic_errors
from tamma_providers.openai import errors as openai_errors
from tamma_providers.overflow import OverflowRow, is_overflow, overflow_rows


@pytest.mark.parametrize("row", overflow_rows(), ids=lambda row: row.server)
def test_each_recorded_body_is_an_overflow(row: OverflowRow) -> None:
    """Each row's recorded body becomes an overflow in both dialects, since servers speak both."""
    for errors in (anthropic_errors, openai_errors):
        error = errors.from_body("local", "tiny", row.example["status"], row.example["body"], "")
        assert isinstance(error, ContextOverflow)


@pytest.mark.parametrize(
    "message",
    [
        "Rate limit reached: 30000 tokens per minute exceed your limit of 20000",
        "max_tokens must be at least 1",
        "messages: at least one message is required",
    ],
)
def test_other_refusals_are_not(message: str) -> None:
    """Refusals that speak of tokens too are not taken for overflows."""
    assert not is_overflow(400, ("invalid_request_error",), message)


def test_rate_limit_that_names_tokens() -> None:
    """A limit on tokens a minute is waited out, not compacted."""
    body = {
        "error": {
            "message": "Request too large for gpt on tokens per min",
            "type": "tokens",
            "code": "rate_limit_exceeded",
        }
    }
    assert isinstance(openai_errors.from_body("gpt", "gpt-6-luna", 429, body, ""), RateLimited)
