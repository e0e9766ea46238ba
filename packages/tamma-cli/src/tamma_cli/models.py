"""The models of one task, opened by the names that the task remembers."""

import gc

from tamma_config.configuration import Configuration
from tamma_config.providers import PriceSection, ProviderEntry
from tamma_config.snapshot import type_of
from tamma_core.domain.agent import AgentRole
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.task import TaskSettings
from tamma_core.domain.usage import Price
from tamma_core.ports.ai_provider import AIProvider, ModelChoice
from tamma_providers.options import Patience, ProviderOptions
from tamma_providers.registry import open_provider

# Where nothing is known of a model, room that nearly every model of the last years has.
CAUTIOUS_CONTEXT_TOKENS = 32_768
_DIALECTS = ("vllm", "lmstudio", "llamacpp", "ollama")


class ConfiguredModels:
    """Open each provider once, when a role first needs it."""

    def __init__(self, configuration: Configuration, settings: TaskSettings) -> None:
        self._configuration = configuration
        self._roles = settings.references.get("roles")
        self._open: dict[str, AIProvider] = {}

    async def for_role(self, role: AgentRole) -> ModelChoice:
        """Answer provider and model of a role; raise `ConfigError` when they are no longer configured."""
        name, model = self._named(role)
        provider = self._open.get(name)
        if provider is None:
            provider = _open(self._configuration.provider(name), model, self._configuration)
            await provider.initialize()
            gc.freeze()  # the SDK stays for good; a collector that walks through it again and again costs more than it finds
            self._open[name] = provider
        known = provider.get_capabilities(model)
        return ModelChoice(
            provider=provider,
            model=model,
            price=known.price,
            max_context_tokens=known.max_context_tokens or CAUTIOUS_CONTEXT_TOKENS,
            max_output_tokens=known.max_output_tokens,
        )

    async def dispose(self) -> None:
        """Close all connections. Idempotent."""
        while self._open:
            _, provider = self._open.popitem()
            await provider.dispose()

    def _named(self, role: AgentRole) -> tuple[str, str]:
        entry = self._roles.get(role.value) if isinstance(self._roles, dict) else None
        if not isinstance(entry, dict):
            raise ConfigError(f"the task names no model for `{role.value}`", hint="begin a new task with `tamma run`")
        return str(entry["provider"]), str(entry["model"])


def _open(entry: ProviderEntry, model: str, configuration: Configuration) -> AIProvider:
    written, patience = entry.options, Patience()
    prices = {name: _price(price) for name, price in configuration.settings.prices.items()}
    if written.price is not None:
        prices[model] = _price(written.price)
    return open_provider(
        entry.name,
        kind=type_of(entry),
        model=model,
        api_key=entry.api_key,
        base_url=entry.base_url or "",
        options=ProviderOptions(
            dialect=_dialect(entry),
            context_tokens=written.context_tokens or 0,
            output_tokens=written.output_tokens or 0,
            prices=prices,
            headers=written.headers,
            body=written.body,
            plain_http=configuration.settings.plain_http,
            patience=patience if entry.timeout_seconds is None else patience.within(entry.timeout_seconds),
        ),
    )


def _dialect(entry: ProviderEntry) -> str:
    if entry.options.dialect is not None:
        return entry.options.dialect
    if type_of(entry) != "local-llm":
        return "openai"
    found = next((dialect for dialect in _DIALECTS if entry.name.startswith(dialect)), None)
    if found is None:
        raise ConfigError(
            f"AI provider `{entry.name}` does not say what server it is",
            hint=f"set `options.dialect` to one of: {', '.join(_DIALECTS)}",
        )
    return found


def _price(section: PriceSection) -> Price:
    return Price(
        input_usd=section.input,
        output_usd=section.output,
        cache_read_usd=section.cache_read,
        cache_write_usd=section.cache_write,
        source="configuration",
    )
