"""What a task remembers of the configuration: values, and names in place of secrets."""

from tamma_core.domain.agent import AgentRole
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.task import BaseUpdate, Limits, TaskSettings

from tamma_config.configuration import Configuration
from tamma_config.defaults import DEFAULT_MODELS
from tamma_config.providers import ProviderEntry, ProviderType

_BY_START: tuple[tuple[str, ProviderType], ...] = (
    ("anthropic", "anthropic-claude"),
    ("claude", "anthropic-claude"),
    ("openai", "openai"),
    ("gemini", "gemini"),
    ("github-copilot", "github-copilot"),
    ("opencode", "opencode"),
    ("openrouter", "openrouter"),
    ("zai", "zai"),
    ("zen-mcp", "zen-mcp"),
    ("local", "local-llm"),
    ("ollama", "local-llm"),
    ("vllm", "local-llm"),
    ("lmstudio", "local-llm"),
    ("llamacpp", "local-llm"),
)


def type_of(entry: ProviderEntry) -> str:
    """Answer a provider's type, by its name where none is written."""
    if entry.type is not None:
        return entry.type
    found = next((kind for start, kind in _BY_START if entry.name.startswith(start)), None)
    if found is None:
        raise ConfigError(
            f"the type of AI provider `{entry.name}` cannot be told from its name",
            hint="set `type`, for example `type: openai`",
        )
    return found


def model_of(entry: ProviderEntry) -> str:
    """Answer a provider's model, or the one that is taken where none is written."""
    model = entry.model or DEFAULT_MODELS.get(type_of(entry))
    if model is None:
        raise ConfigError(f"AI provider `{entry.name}` has no model", hint="set its `model`")
    return model


def snapshot(configuration: Configuration, *, approve_plan: bool = False, dry_run: bool = False) -> TaskSettings:
    """Take the settings that a task is to keep for its whole life."""
    settings = configuration.settings
    limits, merge, verification = settings.limits, settings.merge, settings.verification
    return TaskSettings(
        limits=Limits(
            steps=limits.steps,
            cost_usd=limits.cost_usd,
            tokens=limits.tokens,
            wall_s=limits.wall_seconds,
            attempts=limits.attempts,
        ),
        merge_method=MergeMethod(merge.method),
        base_update=BaseUpdate(merge.update),
        approve_plan_automatically=approve_plan,
        dry_run=dry_run,
        settle_s=merge.settle_seconds,
        ci_timeout_s=merge.ci_timeout_seconds,
        poll_s=merge.poll_seconds,
        approval_timeout_s=limits.approval_hours * 3600,
        branch_prefix=settings.branch_prefix,
        test_command=verification.test_command,
        setup_command=verification.setup_command,
        setup_network=verification.setup_network,
        check_commands=verification.check_commands,
        expected_checks=merge.expected_checks,
        rules=settings.rules.rules(),
        references=_references(configuration),
    )


def _references(configuration: Configuration) -> JsonObject:
    roles: JsonObject = {}
    for role in AgentRole:
        entry = configuration.provider(configuration.provider_for(role))
        roles[role.value] = {"provider": entry.name, "model": model_of(entry)}
    return {"roles": roles}
