"""The section `aiProvider`: which models there are, and which step uses which."""

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, JsonValue, SecretStr

from tamma_config.section import Section, Url, open_choice

ProviderType = Literal[
    "anthropic-claude",
    "openai",
    "github-copilot",
    "gemini",
    "opencode",
    "zai",
    "zen-mcp",
    "openrouter",
    "local-llm",
]
WorkflowStep = Literal["issue-analysis", "code-generation", "test-generation", "code-review"]
Usd = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class PriceSection(Section):
    """List prices in USD per million tokens."""

    input: Usd
    output: Usd
    cache_read: Usd | None = None
    cache_write: Usd | None = None


class ProviderOptionsSection(Section):
    """Say what cannot be known of a model or server from its name; `headers` and `body` go into each request."""

    dialect: Literal["openai", "vllm", "lmstudio", "llamacpp", "ollama"] | None = None
    context_tokens: int | None = Field(default=None, ge=1)
    output_tokens: int | None = Field(default=None, ge=1)
    price: PriceSection | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, JsonValue] = Field(default_factory=dict)


class ProviderEntry(Section):
    """One provider; `type` is needed only where the name does not tell it, and may be one that another package brings."""

    name: str = Field(min_length=1, max_length=64)
    enabled: bool = True
    type: Annotated[str, open_choice(get_args(ProviderType))] | None = None
    api_key: SecretStr | None = None
    base_url: Url | None = None
    model: str | None = None
    timeout_seconds: float | None = Field(default=None, ge=1, le=600)
    options: ProviderOptionsSection = Field(default_factory=ProviderOptionsSection)


class AiProviderSection(Section):
    """The providers, the one to use where nothing else is said, and exceptions by kind of work."""

    default: str | None = None
    providers: tuple[ProviderEntry, ...] = ()
    per_workflow_providers: dict[WorkflowStep, str] = Field(default_factory=dict)
