"""What a provider or forge can do, told before it is asked to."""

from tamma_core.domain.record import Record
from tamma_core.domain.usage import Price


class ProviderCapabilities(Record, frozen=True, kw_only=True):
    """Describe a provider with one model; token limits of 0 are unknown."""

    supports_streaming: bool
    supports_tools: bool
    supports_prompt_cache: bool
    reports_usage: bool
    supported_models: tuple[str, ...]
    max_context_tokens: int
    max_output_tokens: int
    price: Price | None = None


class Capability(Record, frozen=True, kw_only=True):
    """Answer whether a forge can do a thing and, if not, what to do instead."""

    supported: bool
    reason: str = ""
    minimum_version: str = ""
    instead: str = ""


class PlatformCapabilities(Record, frozen=True, kw_only=True):
    """Describe a forge; what is not said to be supported is not."""

    issues: Capability
    labels: Capability
    reviews: Capability
    continuous_integration: Capability
    trigger_ci: Capability
    webhooks: Capability
    merge_head_guard: Capability
    asynchronous_merge: Capability
    rerun_jobs: Capability = Capability(supported=False)
    merge_methods: tuple[str, ...] = ("merge",)
    comment_limit_chars: int = 60_000
