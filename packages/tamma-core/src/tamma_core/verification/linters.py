"""Find linters and type checks by the settings that a tree has for them, where the project itself asks for the tool."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from msgspec import field

from tamma_core.domain.record import Record
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.settings import CheckCommand
from tamma_core.verification.tree import has_file, read_file, read_json, read_toml, strings, table


class Linter(Record, frozen=True):
    """Name a tool, the package that brings it (none if the toolchain does), and what in which files are its settings."""

    name: str
    package: str
    command: str
    files: tuple[str, ...] = ()
    lines: Mapping[str, str] = field(default_factory=dict)
    """Beginnings of lines, as patterns, by the file that they stand in."""


_MYPY_PATHS = r"(?:(?!^\[).)*?^(?:files|packages|modules)\b"
_PYTHON = (
    Linter("ruff", "ruff", "python -m ruff check .", ("ruff.toml", ".ruff.toml"), {"pyproject.toml": r"\[tool\.ruff[].]", ".pre-commit-config.yaml": r"- id: ruff(?:-check)?\s*$"}),
    Linter("flake8", "flake8", "python -m flake8", (".flake8",), {"setup.cfg": r"\[flake8\]", "tox.ini": r"\[flake8\]", ".pre-commit-config.yaml": r"- id: flake8\s*$"}),
    Linter("mypy", "mypy", "python -m mypy", (), {"pyproject.toml": rf"\[tool\.mypy\]{_MYPY_PATHS}", "setup.cfg": rf"\[mypy\]{_MYPY_PATHS}", "mypy.ini": rf"\[mypy\]{_MYPY_PATHS}", ".mypy.ini": rf"\[mypy\]{_MYPY_PATHS}"}),
    Linter("mypy", "mypy", "python -m mypy .", ("mypy.ini", ".mypy.ini"), {"pyproject.toml": r"\[tool\.mypy\]", "setup.cfg": r"\[mypy\]", ".pre-commit-config.yaml": r"- id: mypy\s*$"}),
    Linter("black", "black", "python -m black --check .", (), {"pyproject.toml": r"\[tool\.black\]", ".pre-commit-config.yaml": r"- id: black\s*$"}),
    Linter("isort", "isort", "python -m isort --check-only .", (".isort.cfg",), {"pyproject.toml": r"\[tool\.isort\]", ".pre-commit-config.yaml": r"- id: isort\s*$"}),
)  # fmt: skip
_NODE = (
    Linter("eslint", "eslint", "node_modules/.bin/eslint .", tuple(f"eslint.config.{end}" for end in ("js", "mjs", "cjs", "ts", "mts")) + tuple(f".eslintrc{end}" for end in ("", ".js", ".cjs", ".json", ".yml", ".yaml")), {"package.json": r'"eslintConfig"'}),
    Linter("tsc", "typescript", "node_modules/.bin/tsc --noEmit", ("tsconfig.json",)),
    Linter("biome", "@biomejs/biome", "node_modules/.bin/biome ci .", ("biome.json", "biome.jsonc")),
)  # fmt: skip
_RUBY = (
    Linter("rubocop", "rubocop", "bundle exec rubocop", (".rubocop.yml",)),
    Linter("standardrb", "standard", "bundle exec standardrb", (".standard.yml",)),
)
_PHP = (
    Linter("phpstan", "phpstan/phpstan", "vendor/bin/phpstan analyse --no-progress", ("phpstan.neon", "phpstan.neon.dist", "phpstan.dist.neon")),
    Linter("psalm", "vimeo/psalm", "vendor/bin/psalm --no-progress", ("psalm.xml", "psalm.xml.dist")),
    Linter("phpcs", "squizlabs/php_codesniffer", "vendor/bin/phpcs", ("phpcs.xml", "phpcs.xml.dist", ".phpcs.xml", ".phpcs.xml.dist")),
)  # fmt: skip
_GO = (Linter("go vet", "", "go vet ./...", ("go.mod",)),)
_RUST = (
    Linter("cargo clippy", "", "cargo clippy --offline --workspace", ("clippy.toml", ".clippy.toml"), {"Cargo.toml": r"\[(?:workspace\.)?lints\.clippy\]"}),
    Linter("cargo fmt", "", "cargo fmt --all --check", ("rustfmt.toml", ".rustfmt.toml")),
)  # fmt: skip
_LINTERS: Mapping[Runner, tuple[Linter, ...]] = {
    Runner.PYTEST: _PYTHON,
    Runner.UNITTEST: _PYTHON,
    **dict.fromkeys((Runner.NODE, Runner.JEST, Runner.VITEST, Runner.MOCHA, Runner.TAPE), _NODE),
    Runner.RSPEC: _RUBY,
    Runner.MINITEST: _RUBY,
    Runner.PHPUNIT: _PHP,
    Runner.GO: _GO,
    Runner.CARGO: _RUST,
}
_MANIFESTS = {"package.json": ("dependencies", "devDependencies"), "composer.json": ("require", "require-dev")}
_MOST_GROUPS = 5


def declared_checks(tree: Path, plan: SuitePlan, known: Sequence[CheckCommand]) -> Iterator[CheckCommand]:
    """Yield a check for each tool of the plan's language that has settings here, is asked for, and is not known already."""
    names, packages = {check.name for check in known}, set(_packages(tree, plan))
    for linter in _LINTERS.get(plan.runner, ()):
        asked = not linter.package or linter.package in packages
        if linter.name not in names and asked and _has_settings(tree, linter):
            names.add(linter.name)
            yield CheckCommand(name=linter.name, command=tuple(linter.command.split()))


def _has_settings(tree: Path, linter: Linter) -> bool:
    lines = (
        (re.compile(rf"^[ \t]*{pattern}", re.MULTILINE | re.DOTALL), name) for name, pattern in linter.lines.items()
    )
    return any(has_file(tree, name) for name in linter.files) or any(
        pattern.search(read_file(tree, name)) for pattern, name in lines
    )


def _packages(tree: Path, plan: SuitePlan) -> Iterator[str]:
    """Yield what the set-up installs because the project names it."""
    for wanted in _requirements(tree, plan):
        if found := re.match(r"\s*([A-Za-z0-9][\w.-]*)", wanted):
            yield re.sub(r"[-_.]+", "-", found[1]).lower()
    for name, keys in _MANIFESTS.items():
        package = read_json(tree, name)
        for key in keys:
            yield from table(package, key)
    yield from re.findall(r"^[ \t]*gem ['\"]([\w-]+)", read_file(tree, "Gemfile"), re.MULTILINE)


def _requirements(tree: Path, plan: SuitePlan) -> Iterator[str]:
    """Yield the requirements behind the words of the set-up: files, groups, and the project with its extras."""
    project = read_toml(tree, "pyproject.toml")
    for flag, word in pairwise(word for step in plan.setup for word in step):
        if flag == "-r":
            yield from read_file(tree, word).splitlines()
        elif flag == "--group":
            yield from _group(table(project, "dependency-groups"), word, 0)
        elif flag == "-e":
            yield from strings(table(project, "project").get("dependencies"))
            for extra in re.findall(r"[\w-]+", word):
                yield from strings(table(project, "project", "optional-dependencies").get(extra))


def _group(groups: Mapping[str, object], name: str, depth: int) -> Iterator[str]:
    listed = groups.get(name)
    yield from strings(listed)
    for item in listed if isinstance(listed, list) and depth < _MOST_GROUPS else ():
        if isinstance(other := table(item).get("include-group"), str):
            yield from _group(groups, other, depth + 1)
