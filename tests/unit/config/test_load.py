"""Layers, references and the specification's example."""

import json
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tamma_config.kinds import Installed
from tamma_config.layer import flags
from tamma_config.load import load
from tamma_config.snapshot import model_of, snapshot, type_of
from tamma_core.domain.agent import AgentRole
from tamma_core.domain.errors import ConfigError
from unit.config.conftest import Loader

EXAMPLE = Path(__file__).parent / "data" / "example.yaml"


def toml_of(node: object, head: str = "") -> str:
    """Write the few kinds of values that the example has as TOML."""
    assert isinstance(node, dict)
    plain = [
        f"{json.dumps(key)} = {json.dumps(value)}" for key, value in node.items() if not isinstance(value, dict | list)
    ]
    lists = [(key, entry) for key, value in node.items() if isinstance(value, list) for entry in value]
    parts = ["\n".join(plain)]
    parts += [f"[[{head}{key}]]\n{toml_of(entry)}" for key, entry in lists]
    parts += [
        f"[{head}{key}]\n{toml_of(value, f'{head}{key}.')}" for key, value in node.items() if isinstance(value, dict)
    ]
    return "\n".join(parts)


@pytest.mark.parametrize("suffix", ["yaml", "json", "toml"])
def test_the_example_of_the_specification_loads_unchanged(suffix: str, load_text: Loader) -> None:
    """All three formats give the same settings, and no variable needs to be set."""
    text = EXAMPLE.read_text()
    data = YAML(typ="safe").load(text)
    written = {"yaml": text, "json": json.dumps(data, indent=2), "toml": toml_of(data)}[suffix]
    if suffix == "toml":
        assert tomllib.loads(written) == data
    settings = load_text(written, suffix).settings
    assert settings == load({}, home=Path("/nowhere"), chosen=EXAMPLE).settings
    assert settings.service.poll_interval == 5000
    assert settings.service.auto_approve.low_complexity
    assert [entry.name for entry in settings.ai_provider.providers] == ["anthropic-claude", "openai"]


def test_an_unset_variable_is_an_error_only_for_the_entry_that_is_needed(load_text: Loader) -> None:
    """The unused provider's missing key does not matter; the used one's is named with file, line and key."""
    configuration = load_text(EXAMPLE.read_text(), ANTHROPIC_API_KEY="key")
    assert configuration.provider("anthropic-claude").api_key is not None
    with pytest.raises(
        ConfigError, match=r"config\.yaml`, line 13: `aiProvider.providers\[1\].apiKey` needs .*OPENAI_API_KEY"
    ):
        configuration.provider("openai")
    assert [secret.get_secret_value() for secret in configuration.secrets()] == ["key"]


def test_the_sources_win_in_their_order(tmp_path: Path) -> None:
    """Defaults, file, file of the environment, variables and options each win over the one before."""
    folder = tmp_path / ".tamma"
    folder.mkdir()
    (folder / "config.yaml").write_text("limits: {steps: 1, tokens: 1, attempts: 1, wallSeconds: 1}\n")
    (folder / "config.production.toml").write_text("[limits]\ntokens = 2\nattempts = 2\nwall_seconds = 2\n")
    environ = {"TAMMA_ENVIRONMENT": "production", "TAMMA_LIMITS__ATTEMPTS": "3", "TAMMA_LIMITS__WALL_SECONDS": "3"}
    options = flags({"--wall": (("limits", "wallSeconds"), "4")})
    limits = load(environ, home=tmp_path, options=options).settings.limits
    assert limits.cost_usd == 5
    assert (limits.steps, limits.tokens, limits.attempts, limits.wall_seconds) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("environ", "option", "place"),
    [
        ({"TAMMA_LIMITS__STEPS": "none"}, None, "environment variable `TAMMA_LIMITS__STEPS`: `limits.steps`"),
        ({}, ("limits", "steps"), "option `--steps`: `limits.steps`"),
    ],
)
def test_errors_name_the_variable_or_the_option(
    environ: dict[str, str], option: tuple[str, ...] | None, place: str
) -> None:
    """What was not written in a file is blamed on where it was."""
    options = flags({"--steps": (option, "none")}) if option else None
    with pytest.raises(ConfigError) as caught:
        load(environ, home=Path("/nowhere"), options=options)
    assert caught.value.message.startswith(place)


def test_snake_case_is_read_as_camel_case(load_text: Loader) -> None:
    """Both spellings mean the same, and names below free keys are left alone."""
    text = "log_level: debug\nai_provider:\n  providers: [{name: local_x, type: openai, base_url: 'http://127.0.0.1:1/v1'}]\nprices:\n  a_b: {input: 1, output: 2}\n"
    settings = load_text(text).settings
    assert settings.log_level == "debug"
    assert settings.ai_provider.providers[0].base_url == "http://127.0.0.1:1/v1"
    assert set(settings.prices) == {"a_b"}


def test_the_first_shape_is_read_by_migration(load_text: Loader) -> None:
    """Providers, platforms, orchestrator, worker and database of the first shape arrive where they belong, with a notice."""
    old = {
        "version": "1",
        "mode": "orchestrator",
        "providers": {
            "default": "claude",
            "available": [
                {
                    "providerId": "claude",
                    "providerType": "anthropic-claude",
                    "apiKey": "${KEY}",
                    "defaultParams": {"maxTokens": 9},
                }
            ],
        },
        "platforms": {
            "available": [
                {"platformId": "tea", "platformType": "gitea", "authType": "pat", "credentials": {"accessToken": "t"}}
            ]
        },
        "orchestrator": {"host": "127.0.0.1", "port": 4000, "maxWorkers": 3},
        "worker": {"orchestratorUrl": "http://example.test", "pollInterval": 2000},
        "database": {"host": "db", "port": 5432, "database": "tamma", "user": "u", "password": "p/w"},
    }
    configuration = load_text(json.dumps(old), "json", KEY="secret")
    settings = configuration.settings
    claude = configuration.provider("claude")
    assert claude.api_key is not None
    assert claude.api_key.get_secret_value() == "secret"
    assert claude.options.output_tokens == 9
    assert configuration.platform("tea").token is not None
    assert (settings.web.port, settings.service.poll_interval) == (4000, 2000)
    assert settings.worker.orchestrator_url == "http://example.test"
    assert settings.database is not None
    assert settings.database.url.get_secret_value() == "postgresql://u:p%2Fw@db:5432/tamma"
    assert any("first shape" in warning for warning in configuration.warnings)
    assert any("orchestrator.maxWorkers" in warning for warning in configuration.warnings)


def test_errors_of_the_first_shape_name_the_keys_that_were_written(load_text: Loader) -> None:
    """A wrong key is reported by its old path and its line."""
    with pytest.raises(ConfigError, match=r"line 3: `providers.available\[0\].providerTyp` is not a known key"):
        load_text("providers:\n  available:\n    - {providerId: a, providerTyp: openai}\n")


def test_without_a_file_the_vendors_variables_make_a_provider() -> None:
    """A key alone is enough to start, Anthropic's before OpenAI's, then a local server."""
    environ = {"OPENAI_API_KEY": "o", "OLLAMA_HOST": "127.0.0.1:11434", "TAMMA_MODEL": "m"}
    configuration = load(environ, home=Path("/nowhere"))
    assert configuration.provider_for(AgentRole.PLAN) == "openai"
    assert model_of(configuration.provider("openai")) == "m"
    local = configuration.provider("ollama")
    assert (type_of(local), local.base_url) == ("local-llm", "http://127.0.0.1:11434/v1")
    assert (
        load(environ | {"ANTHROPIC_API_KEY": "a"}, home=Path("/nowhere")).provider_for(AgentRole.PLAN)
        == "anthropic-claude"
    )


def test_without_any_provider_the_error_says_what_to_set() -> None:
    """Nobody is left with a stack of keys to guess."""
    with pytest.raises(ConfigError) as caught:
        load({}, home=Path("/nowhere")).provider_for(AgentRole.PLAN)
    assert "ANTHROPIC_API_KEY" in caught.value.hint


def test_the_snapshot_holds_names_and_no_secrets(load_text: Loader) -> None:
    """Roles name provider and model; the value of the key is nowhere."""
    configuration = load_text(
        EXAMPLE.read_text() + "\nlimits: {costUsd: 2, costUsdPerDay: 9}\n", ANTHROPIC_API_KEY="very-secret"
    )
    settings = snapshot(configuration, approve_plan=True)
    assert "very-secret" not in repr(settings)
    assert settings.approve_plan_automatically
    assert settings.limits.cost_usd == 2
    roles = settings.references["roles"]
    assert isinstance(roles, dict)
    assert roles["implement"] == {"provider": "anthropic-claude", "model": "claude-3-5-sonnet-20241022"}


def test_a_literal_secret_in_a_file_that_others_can_read_is_warned_about(tmp_path: Path) -> None:
    """Mode 0644 with a literal key warns; mode 0600, or a reference, does not."""
    file = tmp_path / "config.yaml"
    warned = []
    for key, mode in (("literal", 0o644), ("literal", 0o600), ("${KEY}", 0o644)):
        file.write_text(f"aiProvider: {{providers: [{{name: openai, apiKey: '{key}'}}]}}\n")
        file.chmod(mode)
        warned.append(any("chmod 600" in text for text in load({}, home=tmp_path, chosen=file).warnings))
    assert warned == [True, False, False]


def test_variables_that_look_like_settings_are_warned_about() -> None:
    """A misspelt variable is not silently ignored."""
    (warning,) = load({"TAMMA_LIMITS_STEPS": "3"}, home=Path("/nowhere")).warnings
    assert "did you mean `TAMMA_LIMITS__STEPS`?" in warning


def test_a_named_file_must_exist_and_two_defaults_are_refused(tmp_path: Path) -> None:
    """A wrong path is never taken for no configuration, and which of two files holds is not guessed."""
    with pytest.raises(ConfigError, match="named by `TAMMA_CONFIG_PATH`"):
        load({"TAMMA_CONFIG_PATH": str(tmp_path / "none.yaml")}, home=tmp_path)
    (tmp_path / ".tamma").mkdir()
    for suffix in ("yaml", "json"):
        (tmp_path / ".tamma" / f"config.{suffix}").write_text("{}")
    with pytest.raises(ConfigError, match="more than one configuration"):
        load({}, home=tmp_path)


def test_types_of_other_packages_are_known_where_they_are_installed(tmp_path: Path) -> None:
    """What is installed is asked for only when the specification does not name the type of an enabled entry."""
    asked: list[str] = []

    def listed(word: str) -> tuple[str, ...]:
        asked.append(word)
        return (word,)

    installed = Installed(providers=lambda: listed("my-kind"), platforms=lambda: listed("my-forge"))
    file = tmp_path / "config.yaml"
    file.write_text("aiProvider: {providers: [{name: a, type: openai}, {name: b, type: gone, enabled: false}]}\n")
    load({}, home=tmp_path, chosen=file, installed=installed)
    assert asked == []
    file.write_text(
        "aiProvider: {providers: [{name: a, type: my-kind}]}\ngitPlatform: {platforms: [{name: b, type: my-forge}]}\n"
    )
    configuration = load({}, home=tmp_path, chosen=file, installed=installed)
    assert type_of(configuration.provider("a")) == "my-kind"
    assert asked == ["my-kind", "my-forge"]


CLEAR = """
aiProvider:
  providers:
    - name: ollama
      model: m
      baseUrl: http://gpu.lan:11434/v1
gitPlatform:
  platforms:
    - {name: gitea, token: t, baseUrl: "http://gitea.lan"}
"""


def test_an_entry_that_is_reached_in_the_clear_is_refused_where_it_is_used(load_text: Loader) -> None:
    """By file, line and key, and with the place to permit; commands that need neither go on."""
    configuration = load_text(CLEAR)
    with pytest.raises(
        ConfigError, match=r"line 6: `aiProvider.providers\[0\].baseUrl` leads over plain http"
    ) as model:
        configuration.provider("ollama")
    assert "name `gpu.lan:11434` in `plainHttp`" in model.value.hint
    with pytest.raises(ConfigError, match=r"line 9: `gitPlatform.platforms\[0\].baseUrl` leads over plain http"):
        configuration.platform("gitea")


def test_a_place_that_is_named_may_be_reached_in_the_clear(load_text: Loader) -> None:
    """Port 80 is what http means where none is written."""
    configuration = load_text(f"plainHttp: [gpu.lan:11434, Gitea.lan]\n{CLEAR}")
    assert configuration.settings.plain_http == ("gpu.lan:11434", "gitea.lan:80")
    assert configuration.provider("ollama").model == "m"
    assert configuration.platform("gitea").base_url == "http://gitea.lan"
