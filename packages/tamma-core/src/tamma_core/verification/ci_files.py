"""Read which commands a repository's continuous integration runs."""

from collections.abc import Iterator
from pathlib import Path

from tamma_core.verification.tree import files_below, read_file, strings

_FOLDERS = (".github/workflows", ".gitea/workflows", ".forgejo/workflows")
_DEEPEST = 12


def ci_commands(tree: Path) -> tuple[str, ...]:
    """Answer every line that a workflow or GitLab job runs, in order and once."""
    lines: dict[str, None] = {}
    for name in _ci_files(tree):
        document = read_yaml(read_file(tree, name))
        for script in _scripts(document, set()):
            lines.update(dict.fromkeys(_joined(script)))
    return tuple(lines)


def _ci_files(tree: Path) -> list[str]:
    names = [
        f"{folder}/{name}"
        for folder in _FOLDERS
        for name in files_below(tree / folder)
        if name.endswith((".yml", ".yaml"))
    ]
    return [*names, ".gitlab-ci.yml", ".circleci/config.yml", "azure-pipelines.yml", ".travis.yml"]


def read_yaml(text: str) -> object:
    """Parse a file; none for whatever is no YAML."""
    # Heavy, and needed for a moment.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML(typ="safe", pure=True)
    reader.allow_duplicate_keys = True
    try:
        value: object = reader.load(text)
    except (
        YAMLError,
        ValueError,
        RecursionError,
        TypeError,
        AttributeError,
        KeyError,
        IndexError,
        AssertionError,
        OverflowError,
    ):
        return None  # the parser meets garbage with errors of many kinds
    return value


def _scripts(value: object, seen: set[int], depth: int = 0) -> Iterator[str]:
    # Aliases let a small file unfold into billions of nodes: each is visited once.
    if depth > _DEEPEST or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"run", "script", "command", "bash", "before_script"}:
                yield from [inner] if isinstance(inner, str) else strings(inner)
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _scripts(inner, seen, depth + 1) if isinstance(inner, dict | list) else ()


def _joined(script: str) -> Iterator[str]:
    for line in script.replace("\\\n", " ").splitlines():
        text = " ".join(line.split())
        if text and not text.startswith("#"):
            yield text
