"""Tokens and money. Money is a Decimal of US dollars; a figure that is not known is none, never zero."""

from decimal import Decimal
from typing import Literal

from tamma_core.domain.record import Record

UsageSource = Literal["reported", "estimated", "absent"]
_PER_MILLION = Decimal(1_000_000)


class Usage(Record, frozen=True, kw_only=True):
    """Count the tokens of one call; `input_tokens` includes those read from and written to a cache."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    source: UsageSource = "absent"

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            source=self.source if self.source == other.source else "estimated",
        )

    @property
    def total_tokens(self) -> int:
        """Count input and output together."""
        return self.input_tokens + self.output_tokens


class Price(Record, frozen=True, kw_only=True):
    """Hold list prices in USD per million tokens.

    `long` is what a whole call costs whose input has more than `long_from_tokens` tokens.
    """

    input_usd: Decimal
    output_usd: Decimal
    cache_read_usd: Decimal | None = None
    cache_write_usd: Decimal | None = None
    source: str = ""
    long: "Price | None" = None
    long_from_tokens: int = 0

    def at(self, input_tokens: int) -> "Price":
        """Answer the prices that hold for an input of this length."""
        return self.long if self.long is not None and input_tokens > self.long_from_tokens else self

    def cost(self, usage: Usage) -> Decimal:
        """Price one call in USD; cache reads and writes without a price of their own cost as input."""
        if (longer := self.at(usage.input_tokens)) is not self:
            return longer.cost(usage)
        plain = usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens
        read = self.input_usd if self.cache_read_usd is None else self.cache_read_usd
        write = self.input_usd if self.cache_write_usd is None else self.cache_write_usd
        total = (
            plain * self.input_usd
            + usage.cache_read_tokens * read
            + usage.cache_write_tokens * write
            + usage.output_tokens * self.output_usd
        )
        return total / _PER_MILLION
