"""Open a provider by its kind; what other packages offer is found by its metadata, and imported when first used."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from pydantic import SecretStr
from tamma_core.domain.encryption import check_encrypted
from tamma_core.domain.errors import ConfigError
from tamma_core.ports.ai_provider import AIProvider

from tamma_providers.options import ProviderOptions, ProviderSpec

GROUP = "tamma.providers"
Opener = Callable[[ProviderSpec], AIProvider]


def open_provider(
    name: str,
    *,
    kind: str,
    model: str,
    api_key: SecretStr | None = None,
    base_url: str = "",
    options: ProviderOptions | None = None,
) -> AIProvider:
    """Open the provider of a kind; no request is sent, and no SDK is imported."""
    options = options or ProviderOptions()
    check_encrypted(f"AI provider `{name}`", base_url, options.plain_http)
    spec = ProviderSpec(
        name=name,
        kind=kind,
        model=model,
        api_key=api_key,
        base_url=base_url,
        options=options,
    )
    return _opener(kind)(spec)


def provider_kinds() -> tuple[str, ...]:
    """List the kinds that can be opened, without importing any."""
    return tuple(sorted({*_OWN, *outside_kinds()}))


def outside_kinds() -> tuple[str, ...]:
    """List the kinds that other packages bring, without importing any."""
    return tuple(sorted(entry_points(group=GROUP).names))


def _anthropic(spec: ProviderSpec) -> AIProvider:
    from tamma_providers.anthropic.adapter import AnthropicProvider

    return AnthropicProvider(spec)


def _openai(spec: ProviderSpec) -> AIProvider:
    from tamma_providers.openai.adapter import OpenAIProvider

    return OpenAIProvider(spec)


_OWN: dict[str, Opener] = {
    "anthropic": _anthropic,
    "anthropic-claude": _anthropic,
    "openai": _openai,
    "local-llm": _openai,
}


def _opener(kind: str) -> Opener:
    if kind in _OWN:
        return _OWN[kind]
    found: list[EntryPoint] = list(entry_points(group=GROUP, name=kind))
    if not found:
        raise ConfigError(
            f"no provider of the kind `{kind}` is installed",
            hint=f"use one of: {', '.join(provider_kinds())}; or install the package that brings it",
        )
    try:
        opener: Opener = found[0].load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the provider of the kind `{kind}` cannot be loaded from `{found[0].value}`: {error}",
            hint="reinstall the package that brings it",
        ) from error
    return opener
