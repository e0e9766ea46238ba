"""Detect how a Python project is tested."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tamma_core.verification.locked_versions import locked_versions
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.pytest_settings import collection_of
from tamma_core.verification.settings import CheckCommand, Command
from tamma_core.verification.tree import files_below, has_file, read_file, read_ini, read_toml, strings, table

VENV = "/deps/venv"
_CONSTRAINTS = "/deps/constraints.txt"
_GROUPS = ("test", "tests", "testing", "dev", "develop", "ci")
_PYTEST = re.compile(r"(?:^|\s|/)(?:py\.test|pytest)(?=\s|$)")
_UNITTEST = re.compile(r"-m\s+unittest(?=\s|$)")
_TEST_CLASS = re.compile(r"^[ \t]*(?:import [^\n#]*\bunittest\b|from unittest[ .])", re.MULTILINE)
_NEEDS_PYTEST = re.compile(r"^[ \t]*(?:import [^\n#]*\bpytest\b|from pytest[ .])|^(?:async )?def test_", re.MULTILINE)
_DROPPED = re.compile(
    r"--(cov|junit|durations|tb|color|verbos|quiet|html|report|maxfail|timeout|reruns|dist|capture|numprocesses)|-n\d+$|-[qvxs]+$|-r\w"
)
_DROPPED_WITH_VALUE = frozenset({"-n", "--numprocesses", "--dist", "--maxfail", "--timeout", "--reruns", "--tb"})
_CHECKS = {
    "ruff": r"ruff (?:check|format --check)(?: [\w./=-]+)*",
    "flake8": r"flake8(?: [\w./=,-]+)*",
    "mypy": r"mypy(?: [\w./=-]+)*",
    "pyright": r"pyright(?: [\w./=-]+)*",
    "black": r"black (?:[\w./=-]+ )*--check(?: [\w./=-]+)*",
    "pylint": r"pylint(?: [\w./=-]+)+",
    "isort": r"isort (?:[\w./=-]+ )*--check(?:-only)?(?: [\w./=-]+)*",
}


def detect_python(tree: Path, ci: Sequence[str]) -> SuitePlan | None:
    """Answer how to test a Python tree; none if it holds no Python tests."""
    collection = collection_of(tree)
    tests = [name for name in files_below(tree, ".py") if collection.holds(name) and Path(name).name != "conftest.py"]
    found = _runner(tree, tests, ci)
    if found is None:
        return None
    runner, command, source = found
    files = _dependency_files(tree)
    return SuitePlan(
        runner=runner,
        command=command,
        source=source,
        setup=_setup(tree, files, runner),
        checks=_checks(ci),
        dependency_files=files,
        environment={"PYTHONPATH": "/workspace/src" if _has_src(tree) else "/workspace"},
        patterns=collection.patterns,
        look_in=collection.look_in,
        test_folders=collection.test_folders,
    )


def _runner(tree: Path, tests: Sequence[str], ci: Sequence[str]) -> tuple[Runner, Command, str] | None:
    for line in (*ci, *_tox_commands(tree)):
        if _PYTEST.search(line):
            return (
                Runner.PYTEST,
                ("python", "-m", "pytest", *_pytest_arguments(line)),
                f"the repository's own command `{line[:80]}`",
            )
        if tests and _UNITTEST.search(line):
            return (
                Runner.UNITTEST,
                ("python", "-m", "unittest", *_after(line, "unittest")),
                f"the repository's own command `{line[:80]}`",
            )
    if not tests:
        return None
    configured = next((name for name in ("pytest.ini", "pytest.toml", ".pytest.ini") if has_file(tree, name)), None)
    if (
        configured
        or table(read_toml(tree, "pyproject.toml"), "tool", "pytest")
        or "[tool:pytest]" in read_file(tree, "setup.cfg")
    ):
        return (
            Runner.PYTEST,
            ("python", "-m", "pytest"),
            f"the settings of pytest in {configured or 'the project file'}",
        )
    sources = [read_file(tree, name) for name in tests[:200]]
    if any(_NEEDS_PYTEST.search(text) for text in sources):
        return Runner.PYTEST, ("python", "-m", "pytest"), f"{len(tests)} test file(s) in the style of pytest"
    if any(_TEST_CLASS.search(text) for text in sources):
        return (
            Runner.UNITTEST,
            ("python", "-m", "unittest", "discover", *_discovery(tree, tests)),
            f"{len(tests)} file(s) of unittest",
        )
    return None


def _discovery(tree: Path, tests: Sequence[str]) -> Iterator[str]:
    names = [Path(name).name for name in tests]
    if not any(name.startswith("test") for name in names):
        yield from ("-p", "*_test.py")
    if all("/" in name for name in tests):
        yield from ("-s", _start(tests))
        if has_file(tree, f"{_start(tests)}/__init__.py"):
            yield from ("-t", ".")


def _start(tests: Sequence[str]) -> str:
    folders = {name.split("/", 1)[0] for name in tests}
    return next((name for name in ("tests", "test") if name in folders), min(folders))


def _pytest_arguments(line: str) -> tuple[str, ...]:
    """Keep paths and selections of a command line, drop what it reports, measures or spreads."""
    kept: list[str] = []
    words = iter(_after(line, "pytest"))
    for word in words:
        if word in {"&&", "||", ";", "|", ">", "2>&1"} or "$" in word or "{" in word:
            break
        if word in _DROPPED_WITH_VALUE:
            next(words, None)
        elif not _DROPPED.match(word):
            kept.append(word)
    return tuple(kept)


def _after(line: str, word: str) -> list[str]:
    try:
        words = shlex.split(
            line.rsplit("&&", maxsplit=1)[-1]
            if word not in line.split("&&", maxsplit=1)[0]
            else line.split("&&", maxsplit=1)[0],
            comments=True,
        )
    except ValueError:
        return []
    at = next((i for i, part in enumerate(words) if part == word or part.endswith((f"/{word}", "py.test"))), None)
    return [] if at is None else words[at + 1 :]


def _tox_commands(tree: Path) -> list[str]:
    sections = [
        kept for name, kept in read_ini(tree, "tox.ini").items() if name == "testenv" or name.startswith("testenv:")
    ]
    texts = [section.get("commands") or "" for section in sections]
    return [line.strip().replace("{posargs}", "") for text in texts for line in text.splitlines() if line.strip()]


def _dependency_files(tree: Path) -> tuple[str, ...]:
    names = [
        name for name in files_below(tree) if "/" not in name or name.startswith(("requirements/", "tests/", "test/"))
    ]
    wanted = re.compile(
        r"(.*/)?([\w.-]*requirements[\w.-]*\.(txt|in)|constraints\.txt)|pyproject\.toml|setup\.(py|cfg)|uv\.lock|poetry\.lock|pylock\.toml|Pipfile(\.lock)?"
    )
    return tuple(name for name in names if wanted.fullmatch(name))


def _setup(tree: Path, files: Sequence[str], runner: Runner) -> tuple[Command, ...]:
    """Answer the commands that fill a virtual environment; none when the standard library is enough."""
    installs = [("-r", name) for name in files if re.search(r"requirements[\w.-]*\.txt$", name)]
    project = read_toml(tree, "pyproject.toml")
    groups = [("--group", group) for group in _GROUPS if group in table(project, "dependency-groups")]
    buildable = bool(table(project, "project") or table(project, "build-system") or table(project, "tool", "poetry"))
    if buildable or has_file(tree, "setup.py"):
        installs.append(("-e", f".{_extras(project)}"))
        installs += groups
    if not installs and runner is Runner.UNITTEST:
        return ()
    if (
        runner is Runner.UNITTEST
        and _standard_only(project)
        and not any(flag == "-r" for flag, _ in installs)
        and not has_file(tree, "setup.py")
    ):
        return ()
    pip = (f"{VENV}/bin/python", "-m", "pip", "install", "--no-input", "--disable-pip-version-check")
    wanted = [*(["pytest"] if runner is Runner.PYTEST else []), *(word for pair in installs for word in pair)]
    # Groups are newer than the pip that many interpreters bring.
    venv = ("python3", "-m", "venv", *(["--upgrade-deps"] if groups else []), VENV)
    if not (locked := locked_versions(tree)):
        return (venv, (*pip, *wanted))
    noted = ("sh", "-c", f'printf "%s\\n" "$@" > {_CONSTRAINTS}', "sh", *locked)
    return (venv, noted, (*pip, "-c", _CONSTRAINTS, *wanted))


def _extras(project: Mapping[str, object]) -> str:
    extras = [name for name in _GROUPS if name in table(project, "project", "optional-dependencies")]
    return f"[{','.join(extras)}]" if extras else ""


def _standard_only(project: Mapping[str, object]) -> bool:
    return not (
        strings(table(project, "project").get("dependencies"))
        or table(project, "tool", "poetry")
        or table(project, "dependency-groups")
    )


def _has_src(tree: Path) -> bool:
    return any(name.startswith("src/") for name in files_below(tree, ".py"))


def _checks(ci: Sequence[str]) -> tuple[CheckCommand, ...]:
    found: dict[str, CheckCommand] = {}
    for line in ci:
        for name, pattern in _CHECKS.items():
            match = re.search(rf"(?:^|[\s;&])(?:python3? -m )?({pattern})(?=\s*(?:$|&&|;|\|))", line)
            if match and name not in found:
                found[name] = CheckCommand(name=name, command=("python", "-m", *match[1].split()))
    return tuple(found.values())
