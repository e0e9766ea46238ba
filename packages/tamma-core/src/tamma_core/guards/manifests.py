"""Judge project files that hold many matters at once, by the section that was changed."""

import configparser
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from tamma_core.domain.guard import Finding
from tamma_core.domain.toml_text import read_toml_text
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found, printable

Tree = Mapping[str, object]

_DESCRIBES = (
    "name|version|description|keywords|author|authors|contributors|maintainers|homepage|repository|bugs|funding|private|publishconfig|files|main|module|browser|exports|"
    "types|typings|typesversions|sideeffects|man|directories|unpkg|jsdelivr|browserslist|icon|readme|title|displayname|publisher|categories"
)
"""Keys of a `package.json` that describe the package and what it offers."""
_SECTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "pyproject.toml": (
        (
            "dependency",
            r"project\.(optional-)?dependencies|dependency-groups|tool\.(poetry|pdm|uv|hatch|pixi|rye|conda-lock)(\..*)?",
        ),
        ("dependency", r"project\.(requires-python|dynamic)"),
        ("licence", r"project\.licen[cs]e.*"),
        (
            "build_hook",
            r"build-system|tool\.(setuptools|setuptools_scm|hatch\.build|flit|scikit-build|maturin|cibuildwheel|mypyc)(\..*)?",
        ),
        (
            "test_settings",
            r"tool\.(pytest|tox|nox|hatch\.envs|unittest|nose|poe|taskipy|pdm\.scripts)(\..*)?|project\.entry-points",
        ),
        (
            "quality_gate",
            (
                r"tool\.(ruff|mypy|pyright|basedpyright|pylint|flake8|black|isort|bandit|pytype|importlinter|deptry|coverage|ty|"
                r"vulture|pydoclint|codespell|interrogate|yapf|pycodestyle|pydocstyle|refurb|semgrep|pyrefly)(\..*)?"
            ),
        ),
        # Tools that only write versions and pages; of every other one nobody knows here what it decides.
        (
            "test_settings",
            r"tool\.(?!(towncrier|commitizen|bumpversion|bumpver|semantic_release|git-cliff|tbump|mkdocs|briefcase)(\.|$)).+",
        ),
    ),
    "package.json": (
        (
            "dependency",
            (
                r"(dev|peer|optional|bundled|bundle)?dependencies|dependenciesmeta|overrides|resolutions|workspaces|engines|packagemanager|pnpm|"
                r"catalog|imports"
            ),
        ),
        (
            "build_hook",
            r"scripts\.(pre|post)?(install|prepare|prepublish(only)?|pack|publish|uninstall|build|dependencies)|gypfile|bin",
        ),
        ("hook", r"husky(\..*)?|lint-staged|simple-git-hooks|pre-commit"),
        (
            "test_settings",
            r"scripts\.(pre|post)?(.*test.*|ci|coverage|cover|unit|e2e|spec|check|verify|validate)|jest|vitest|mocha|ava|tap|type",
        ),
        ("licence", r"licen[cs]es?"),
        (
            "quality_gate",
            r"scripts\..*(lint|typecheck|type-check|format|tsc).*|eslintconfig|eslintignore|prettier|stylelint|nyc|c8|xo",
        ),
        ("build_hook", r"scripts\..*"),
        ("test_settings", rf"(?!({_DESCRIBES})(\.|$)).+"),
    ),
    "cargo.toml": (
        ("dependency", r"((dev|build)-)?dependencies|target|patch|replace|workspace|features"),
        ("build_hook", r"package\.(build|links)|lib|profile"),
        ("test_settings", r"test|bench|lib|bin|example|package\.(auto\w+|default-run)"),
        ("quality_gate", r"lints"),
        ("licence", r"package\.licen[cs]e.*"),
    ),
    "setup.cfg": (
        (
            "dependency",
            r"options\.(install_requires|setup_requires|tests_require|dependency_links)|options\.extras_require(\..*)?",
        ),
        ("test_settings", r"(tool:pytest|pytest|nosetests|tox|testenv.*|aliases|options\.entry_points)(\..*)?"),
        (
            "quality_gate",
            r"(flake8|mypy.*|pylint.*|coverage:.*|isort|pycodestyle|pydocstyle|bandit|yapf|codespell)(\..*)?",
        ),
        ("build_hook", r"(options\.(cmdclass|packages|package_dir|py_modules|scripts)|build.*|global)(\..*)?"),
    ),
}
_GO_NAME = re.compile(r"module\b|\)")


def manifest_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up about sections that decide what is installed, built, tested or checked."""
    if file.name == "go.mod":
        yield from _go_findings(file)
    if file.name not in _SECTIONS:
        return
    try:
        changed = _changed_keys(file)
    except (ValueError, configparser.Error, RecursionError):
        yield found("dependency", file.path, "the project file cannot be parsed, so it was not compared")
        return
    told: set[str] = set()
    for key in changed:
        rule = next((rule for rule, pattern in _SECTIONS[file.name] if _inside(pattern, key)), None)
        if rule and rule not in told:
            told.add(rule)
            yield found(rule, file.path, f"`{printable(key)[:100]}` was changed")


def _go_directives(text: str) -> Iterator[str]:
    lines = (line.partition("//")[0].strip() for line in text.splitlines())
    yield from (line for line in lines if line and not _GO_NAME.match(line))


def _go_findings(file: FileVersions) -> Iterator[Finding]:
    old, new = (set(_go_directives(text or "")) for text in (file.old_text, file.new_text))
    for line in sorted(old ^ new)[:1]:
        yield found("dependency", file.path, f"`{printable(line)[:100]}` was {'added' if line in new else 'removed'}")


def _inside(pattern: str, key: str) -> bool:
    return re.match(rf"(?:{pattern})(?:\.|$)", key.casefold()) is not None


def _changed(old: object, new: object, prefix: str = "", depth: int = 3) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict) and depth:
        for key in sorted({*map(str, old), *map(str, new)}):
            yield from _changed(old.get(key), new.get(key), f"{prefix}.{key}" if prefix else key, depth - 1)
    elif isinstance(old, dict | None) and isinstance(new, dict | None) and depth and (old or new):
        # A table that came or went is told by what was in it.
        yield from _changed(old or {}, new or {}, prefix, depth)
    elif json.dumps(old, default=str, sort_keys=False) != json.dumps(new, default=str, sort_keys=False):
        yield prefix


def _changed_keys(file: FileVersions) -> Sequence[str]:
    reader = next(reader for ending, reader in _READERS if file.name.endswith(ending))
    old, new = (reader(text or "") for text in (file.old_text, file.new_text))
    return tuple(_changed(old, new))


def _json(text: str) -> Tree:
    value = json.loads(text or "{}", object_pairs_hook=_unique)
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one error for everything that is no project file
    return cast("Tree", value)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is there twice")
    return result


def _cfg(text: str) -> Tree:
    parser = configparser.RawConfigParser(strict=True)
    parser.read_string(text)
    return {section: dict(parser.items(section)) for section in parser.sections()}


_READERS: tuple[tuple[str, Callable[[str], Tree]], ...] = ((".toml", read_toml_text), (".json", _json), (".cfg", _cfg))
