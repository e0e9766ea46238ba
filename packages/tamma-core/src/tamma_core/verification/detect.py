"""Find out how a tree is tested: from the configuration, from what CI runs, or from its files."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from tamma_core.verification.ci.recipes import Recipes, expanded, recipes
from tamma_core.verification.ci.runs import CiRun, ci_runs
from tamma_core.verification.languages import in_order
from tamma_core.verification.linters import declared_checks
from tamma_core.verification.plan import NoTests, Runner, SuitePlan
from tamma_core.verification.settings import CheckCommand, Command, VerificationSettings

_TEST_LINE = re.compile(
    r"^(?:make|just|cargo|mvn|\./mvnw|gradle|\./gradlew|dotnet|bundle exec|rake|mix|composer|php|swift|ctest|bazel)\b.*\b(?:test|check|verify|spec|rspec)\w*\b"
)
_LINT_TARGET = re.compile(
    r"(?:make|just) (?:lint|typecheck|type-check|check-format|format-check|fmt-check|check-style|style|static)"
)
_TARGETS = ("test", "tests", "check", "ci")
_BELOW = re.compile(r"[\w.-]+(?:/[\w.-]+)*")


def detect(tree: Path, settings: VerificationSettings) -> SuitePlan | NoTests:
    """Answer how to test a tree that nothing writes to meanwhile, or why it cannot be tested."""
    runs, known = ci_runs(tree), recipes(tree)
    lines = _lines(runs, known)
    detectors = (language.detector() for language in in_order(tree, lines))
    found = detected = next((plan for detector in detectors if (plan := detector(tree, lines))), None)
    if settings.test_command:
        found = _configured(settings.test_command, found)
    elif found is None:
        found = _from_ci(runs) or _from_recipes(known)
    if found is None:
        return NoTests("no tests were found: none are configured, CI runs none, and no file looks like one")
    checks = found.checks or _lint_targets(lines)
    if detected is not None:
        checks = (*checks, *declared_checks(tree, detected, checks))
    return replace(
        found,
        setup=found.setup if settings.setup_commands is None else settings.setup_commands,
        checks=checks if settings.checks is None else settings.checks,
        dependency_files=tuple(dict.fromkeys((*found.dependency_files, *settings.dependency_files))),
        environment={**found.environment, **settings.environment},
    )


_RUNNERS = (
    (4, "pytest", Runner.PYTEST),
    (4, "py.test", Runner.PYTEST),
    (4, "unittest", Runner.UNITTEST),
    (4, "jest", Runner.JEST),
    (3, "vitest", Runner.VITEST),
    (3, "mocha", Runner.MOCHA),
    (3, "tape", Runner.TAPE),
    (3, "rspec", Runner.RSPEC),
    (2, "phpunit", Runner.PHPUNIT),
    (1, "mvn", Runner.MAVEN),
    (1, "make", Runner.MAKE),
    (1, "just", Runner.MAKE),
)
"""Programs, and among how many of a command's first words they may stand."""


def runner_of(command: Command) -> Runner:
    """Tell by its words which runner a command starts."""
    names = [PurePosixPath(word).name for word in command]
    pairs = {("go", "test"): Runner.GO, ("cargo", "test"): Runner.CARGO, ("dotnet", "test"): Runner.DOTNET}
    if (runner := pairs.get((names[0], names[1] if names[1:] else ""))) is not None:
        return runner
    if names[0] == "node" and "--test" in names:
        return Runner.NODE
    return next((runner for count, name, runner in _RUNNERS if name in names[:count]), Runner.OTHER)


def _lines(runs: Sequence[CiRun], known: Sequence[Recipes]) -> tuple[str, ...]:
    """Answer what CI runs at the root, and what the usual targets would run where it runs none of them."""
    at_root = [line for run in runs if not run.folder for line in run.lines]
    usual = [f"{one.tool} {name}" for one in known for name in _TARGETS if name in one.lines]
    return expanded([*at_root, *usual], known)


def _configured(command: Command, found: SuitePlan | None) -> SuitePlan:
    runner = runner_of(command)
    if found is not None:
        return replace(found, runner=runner, command=command, source="the configuration")
    return SuitePlan(runner=runner, command=command, source="the configuration")


def _lint_targets(lines: Sequence[str]) -> tuple[CheckCommand, ...]:
    """Answer the linting targets that CI calls by name, where none of the programs behind them is known."""
    found = dict.fromkeys(line for line in lines if _LINT_TARGET.fullmatch(line))
    return tuple(CheckCommand(name=line, command=tuple(line.split())) for line in found)


def _from_ci(runs: Sequence[CiRun]) -> SuitePlan | None:
    for run in runs:
        line = next((line for line in run.lines if _TEST_LINE.match(line) and "${{" not in line), None)
        if line and not run.folder:
            return _shell(line, f"CI, which runs `{line[:80]}`")
        if line and _BELOW.fullmatch(run.folder) and ".." not in run.folder.split("/"):
            return _shell(
                f"cd {shlex.quote(run.folder)} && {line}", f"CI, which runs `{line[:80]}` in {run.folder[:80]}"
            )
    return None


def _from_recipes(known: Sequence[Recipes]) -> SuitePlan | None:
    for one in known:
        name = next((name for name in _TARGETS[:3] if name in one.lines), None)
        if name:
            return _shell(f"{one.tool} {name}", f"the target `{name}` for `{one.tool}`")
    return None


def _shell(line: str, source: str) -> SuitePlan:
    runner = Runner.MAKE if re.search(r"(?:^|&& )(?:make|just)\b", line) else Runner.OTHER
    return SuitePlan(runner=runner, command=("sh", "-c", line), source=source, builds=True)
