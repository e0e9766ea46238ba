"""Models behind one interface."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Protocol

from tamma_core.domain.agent import AgentRole
from tamma_core.domain.capabilities import ProviderCapabilities
from tamma_core.domain.chunks import Chunk, End
from tamma_core.domain.messages import MessageRequest
from tamma_core.domain.record import Record
from tamma_core.domain.usage import Price


class AIProvider(Protocol):
    """Answer messages with a stream of chunks.

    Errors: the tree of `tamma_core.domain.errors`; retried inside only before the first chunk.
    """

    @property
    def name(self) -> str:
        """Answer the configured name."""
        ...

    async def initialize(self) -> None:
        """Make the client; no request is sent. Idempotent."""
        ...

    def send_message(self, request: MessageRequest) -> AsyncIterator[Chunk]:
        """Stream the answer, ended by exactly one `End` or one raised error."""
        ...

    def get_capabilities(self, model: str) -> ProviderCapabilities:
        """Tell what this provider can do with a model, from data, without a request."""
        ...

    async def generate_code(self, request: MessageRequest) -> End:
        """Answer with code for the described change."""
        ...

    async def analyze_context(self, request: MessageRequest) -> End:
        """Answer what the given material says about the question."""
        ...

    async def suggest_fix(self, request: MessageRequest) -> End:
        """Answer with a fix for the given failure."""
        ...

    async def review_changes(self, request: MessageRequest) -> End:
        """Answer what is wrong with the given difference."""
        ...

    async def dispose(self) -> None:
        """Close connections. Idempotent."""
        ...


class ModelChoice(Record, frozen=True, kw_only=True):
    """Name the provider and model for a role, and what it costs; a price of none is unknown."""

    provider: AIProvider
    model: str
    price: Price | None
    max_context_tokens: int
    max_output_tokens: int

    def worst_case_usd(self, input_tokens: int, output_tokens: int) -> Decimal | None:
        """Price a call whose input misses every cache."""
        if self.price is None:
            return None
        price = self.price.at(input_tokens)
        dearest = max(price.input_usd, price.cache_write_usd or Decimal(0))
        return (dearest * input_tokens + price.output_usd * output_tokens) / Decimal(1_000_000)


class Models(Protocol):
    """Choose models by role."""

    async def for_role(self, role: AgentRole) -> ModelChoice:
        """Answer an initialised provider and a model for a role."""
        ...
