"""How a provider is set up."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Self

from msgspec import field
from msgspec.structs import replace
from pydantic import SecretStr
from tamma_core.domain.breaker import Breaker
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record
from tamma_core.domain.usage import Price
from tamma_core.system import SystemClock, SystemEntropy


class RetryPolicy(Record, frozen=True, kw_only=True):
    """Bound what is tried again before the first chunk; a longer `Retry-After` than the cap is raised instead."""

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    retry_after_cap_s: float = 60.0
    sleep: Callable[[float], Awaitable[None]] = field(default_factory=lambda: SystemClock().sleep)
    jitter: Callable[[], float] = field(default_factory=lambda: SystemEntropy().jitter)


class Patience(Record, frozen=True, kw_only=True):
    """Bound waits in seconds; the time of a whole call is bounded by the request itself."""

    connect_s: float = 10.0
    first_event_s: float = 300.0
    idle_s: float = 120.0

    def within(self, first_event_s: float) -> Self:
        """Answer waits of which none is longer than the one for the first event."""
        connect_s, idle_s = min(self.connect_s, first_event_s), min(self.idle_s, first_event_s)
        return replace(self, first_event_s=first_event_s, connect_s=connect_s, idle_s=idle_s)


class ProviderOptions(Record, frozen=True, kw_only=True):
    """Hold what an operator may set beside key, address and model.

    `prices` override the shipped table by model; `headers` and `body` are added to each request as they are;
    `plain_http` lists each `host:port` that may be reached without encryption.
    """

    dialect: str = "openai"
    context_tokens: int = 0
    output_tokens: int = 0
    prices: Mapping[str, Price] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject = field(default_factory=dict)
    plain_http: Collection[str] = ()
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    patience: Patience = field(default_factory=Patience)
    breaker: Breaker | None = None


class ProviderSpec(Record, frozen=True, kw_only=True):
    """Say which provider to open; an empty `base_url` is the vendor's own."""

    name: str
    kind: str
    model: str
    api_key: SecretStr | None = None
    base_url: str = ""
    options: ProviderOptions = field(default_factory=ProviderOptions)
