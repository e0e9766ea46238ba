"""The configuration as loaded: settings, what was not set, and where each came from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, SecretStr
from tamma_core.domain.agent import AgentRole
from tamma_core.domain.encryption import HINT, IN_THE_CLEAR, place_in_the_clear
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.record import Record

from tamma_config.defaults import DEFAULT_PROVIDER_HINT
from tamma_config.layer import Layer
from tamma_config.platforms import PlatformEntry
from tamma_config.problems import Problem, raise_problems
from tamma_config.providers import ProviderEntry, WorkflowStep
from tamma_config.references import Unset
from tamma_config.schema import TammaConfig
from tamma_config.suggestion import nearest
from tamma_config.tree import Path

Entry = TypeVar("Entry", ProviderEntry, PlatformEntry)

# The plan comes out of the analysis, and the agent that writes code writes its tests in the same conversation.
STEP_OF_ROLE: Mapping[AgentRole, tuple[WorkflowStep, ...]] = {
    AgentRole.ANALYSE: ("issue-analysis",),
    AgentRole.PLAN: ("issue-analysis",),
    AgentRole.IMPLEMENT: ("code-generation", "test-generation"),
    AgentRole.REVIEW: ("code-review",),
}


class Configuration(Record, frozen=True, kw_only=True):
    """Answer entries only when everything that they refer to is set."""

    settings: TammaConfig
    layers: tuple[Layer, ...]
    missing: Mapping[Path, Unset]
    files: tuple[str, ...]
    warnings: tuple[str, ...]

    def provider(self, name: str) -> ProviderEntry:
        """Answer an enabled provider; raise `ConfigError` naming what it lacks."""
        return self._entry(name, self.settings.ai_provider.providers, ("aiProvider", "providers"))

    def platform(self, name: str) -> PlatformEntry:
        """Answer an enabled forge; raise `ConfigError` naming what it lacks."""
        return self._entry(name, self.settings.git_platform.platforms, ("gitPlatform", "platforms"))

    def platforms(self) -> Sequence[PlatformEntry]:
        """List the enabled forges, whether or not what they refer to is set."""
        return [entry for entry in self.settings.git_platform.platforms if entry.enabled]

    def provider_for(self, role: AgentRole) -> str:
        """Name the provider of a role: by kind of work, by default, or the first that is enabled."""
        section = self.settings.ai_provider
        for step in STEP_OF_ROLE[role]:
            if step in section.per_workflow_providers:
                return section.per_workflow_providers[step]
        if section.default:
            return section.default
        first = next((entry.name for entry in section.providers if entry.enabled), None)
        if first is None:
            raise ConfigError("no AI provider is configured", hint=DEFAULT_PROVIDER_HINT)
        return first

    def require(self, *path: str | int) -> None:
        """Raise `ConfigError` when something at or below a path refers to a variable that is not set."""
        problems: list[Problem] = [
            (where, f"needs the environment variable `{text.variables[0]}`, which is not set")
            for where, text in self.missing.items()
            if where[: len(path)] == path
        ]
        raise_problems(problems, self.layers, hint="export the variable, or disable the entry that uses it")

    def secrets(self) -> Iterator[SecretStr]:
        """Yield every secret value, for those who mask."""
        open_texts = {str(text) for text in self.missing.values()}
        for _, secret in secrets_of(self.settings):
            if secret.get_secret_value() and secret.get_secret_value() not in open_texts:
                yield secret

    def _entry(self, name: str, entries: Sequence[Entry], path: Path) -> Entry:
        for index, entry in enumerate(entries):
            if entry.name == name and entry.enabled:
                self.require(*path, index)
                self._check_encrypted(entry, (*path, index, "baseUrl"))
                return entry
        known = [entry.name for entry in entries if entry.enabled]
        kind = "AI provider" if path[0] == "aiProvider" else "git platform"
        listed = ", ".join(f"`{one}`" for one in known) or "none"
        raise ConfigError(
            f"{kind} `{name}` is not configured or not enabled{nearest(name, known)}", hint=f"enabled are: {listed}"
        )

    def _check_encrypted(self, entry: ProviderEntry | PlatformEntry, path: Path) -> None:
        place = place_in_the_clear(entry.base_url or "", self.settings.plain_http)
        if place:
            raise_problems([(path, IN_THE_CLEAR.format(place))], self.layers, hint=HINT.format(place))


def secrets_of(node: object, path: Path = ()) -> Iterator[tuple[Path, SecretStr]]:
    """Yield the secrets of a section with their paths."""
    if isinstance(node, SecretStr):
        yield path, node
    elif isinstance(node, BaseModel):
        for name, field in type(node).model_fields.items():
            yield from secrets_of(getattr(node, name), (*path, str(field.alias)))
    elif isinstance(node, tuple):
        for index, value in enumerate(node):
            yield from secrets_of(value, (*path, index))
