"""Wrong files: each error names file, line, key and what is expected, and quotes no value."""

import pytest
from tamma_core.domain.errors import ConfigError
from unit.config.conftest import Loader

SECRET = "sk-should-never-be-shown"
BOMB = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{here}: &{here} [{','.join([f'*{below}'] * 9)}]\n" for below, here in zip("abcde", "bcdef", strict=True)
)


@pytest.mark.parametrize(
    ("text", "suffix", "expected"),
    [
        (
            "mode: cli\nlogLevel: loud\n",
            "yaml",
            "line 2: `logLevel` expected 'error', 'warn', 'info', 'debug' or 'trace'",
        ),
        ("limits:\n  setps: 3\n", "yaml", "line 2: `limits.setps` is not a known key; did you mean `steps`?"),
        ("limits: 3\n", "yaml", "line 1: `limits` expected a map of settings"),
        (
            "gitPlatform:\n  platforms:\n    - enabled: true\n",
            "yaml",
            "line 3: `gitPlatform.platforms[0].name` is missing",
        ),
        (
            '{\n\t"limits": {\n\t\t"steps": 0\n\t}\n}',
            "json",
            "line 3: `limits.steps` expected greater than or equal to 1",
        ),
        (
            'mode = "cli"\n\n[limits]\ncost_usd = -1\n',
            "toml",
            "line 4: `limits.costUsd` expected greater than or equal to 0",
        ),
        ("mode = \n", "toml", "line 1: "),
        ('{"mode": ,}', "json", "line 1: "),
        ("mode: [\n", "yaml", "line 2: "),
        ("mode: cli\nmode: web\n", "yaml", 'line 2: found duplicate key "mode"'),
        ('{"mode": "cli", "mode": "web"}', "json", "has the key `mode` twice"),
        (BOMB, "yaml", "more than 20000 values"),
        ("a: &a [*a]\n", "yaml", "nested too deeply"),
        ("[" * 50_000, "json", "nested too deeply"),
        ("x" * 300_000, "yaml", "is larger than 256 KiB"),
        ("!!python/object:os.system {}\n", "yaml", "could not determine a constructor"),
        ("- a\n", "yaml", "holds no map of settings"),
        (
            "limits:\n  steps: ${NOPE}\n",
            "yaml",
            "line 2: `limits.steps` needs the environment variable `NOPE`, which is not set",
        ),
        (
            "aiProvider: {default: opnai, providers: [{name: openai}]}\n",
            "yaml",
            "names `opnai`, which is not configured; did you mean `openai`?",
        ),
        (
            "aiProvider: {default: a, providers: [{name: a, enabled: false}]}\n",
            "yaml",
            "names `a`, which is not enabled",
        ),
        ("aiProvider: {providers: [{name: a}, {name: a}]}\n", "yaml", "`aiProvider.providers[1].name` is used twice"),
        ("aiProvider: {perWorkflowProviders: {coding: a}}\n", "yaml", "expected 'issue-analysis', 'code-generation'"),
        (
            "gitPlatform:\n  platforms:\n    - name: a\n      type: gitlub\n",
            "yaml",
            "line 4: `gitPlatform.platforms[0].type` is not installed here; expected one of `github`, `gitlab`, `gitea`",
        ),
        ("aiProvider: {providers: [{name: a, type: opnai}]}\n", "yaml", "`local-llm`; did you mean `openai`?"),
        ("mode: cli\n", "ini", "has no known format"),
        ("plainHttp: [http://gitea.lan]\n", "yaml", "`plainHttp[0]` expected a host such as `gitea.lan`, with `:PORT`"),
        (
            "aiProvider:\n  providers:\n    - name: a\n      timeoutSeconds: 0\n",
            "yaml",
            "line 4: `aiProvider.providers[0].timeoutSeconds` expected greater than or equal to 1",
        ),
        (
            "gitPlatform: {platforms: [{name: a, timeoutSeconds: 61}]}\n",
            "yaml",
            "`gitPlatform.platforms[0].timeoutSeconds` expected less than or equal to 60",
        ),
        ("web: {jwtSecret: short}\n", "yaml", "`web.jwtSecret` expected a secret of at least 32 characters"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(text: str, suffix: str, expected: str, load_text: Loader) -> None:
    """The message holds the file's name and what is wrong where."""
    with pytest.raises(ConfigError) as caught:
        load_text(text, suffix)
    assert expected in caught.value.message
    assert f"config.{suffix}`" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        f"mode: {SECRET}\n",
        f"aiProvider: {{providers: [{{name: a, apiKey: [{SECRET}]}}]}}\n",
        f"aiProvider:\n  providers:\n    - name: a\n      apiKey: {SECRET}\n      apiKey: {SECRET}\n",
        f"gitPlatform: {{platforms: [{{name: a, baseUrl: 'https://user:{SECRET}@example.test'}}]}}\n",
        f"limits: {{steps: {SECRET}}}\n",
        f"aiProvider: {SECRET}\n",
        f"aiProvider: {{providers: [{{name: a, type: {SECRET}}}]}}\n",
        f"gitPlatform: {{platforms: [{{name: a, type: {SECRET}}}]}}\n",
        f"apiKey: 'x: {SECRET}\n",
    ],
)
def test_no_error_quotes_a_value(text: str, load_text: Loader) -> None:
    """A key pasted into the wrong place does not reach the screen."""
    with pytest.raises(ConfigError) as caught:
        load_text(text)
    assert SECRET not in caught.value.message + caught.value.hint


def test_a_file_that_is_not_utf8_is_refused(load_text: Loader, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Bytes that are no text are named by their place."""
    from pathlib import Path

    from tamma_config.load import load

    file = tmp_path_factory.mktemp("latin") / "config.yaml"
    file.write_bytes(b"mode: \xff\n")
    with pytest.raises(ConfigError, match="is not UTF-8 at byte 6"):
        load({}, home=Path("/nowhere"), chosen=file)
