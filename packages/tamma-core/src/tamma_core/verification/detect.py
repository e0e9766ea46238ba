"""Find out how a tree is tested: from the configuration, from what CI runs, or from its files."""

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tamma_core.verification.ci_files import ci_commands
from tamma_core.verification.detect_go import detect_go
from tamma_core.verification.detect_node import detect_node
from tamma_core.verification.detect_python import detect_python
from tamma_core.verification.plan import NoTests, Runner, SuitePlan
from tamma_core.verification.settings import Command, VerificationSettings
from tamma_core.verification.tree import read_file

_TEST_LINE = re.compile(
    r"^(?:make|just|cargo|mvn|\./mvnw|gradle|\./gradlew|dotnet|bundle exec|rake|mix|composer|php|swift|ctest|bazel)\b.*\b(?:test|check|verify|spec|rspec)\w*\b"
)


def detect(tree: Path, settings: VerificationSettings) -> SuitePlan | NoTests:
    """Answer how to test a tree that nothing writes to meanwhile, or why it cannot be tested."""
    ci = ci_commands(tree)
    found = next((plan for detector in (detect_python, detect_go, detect_node) if (plan := detector(tree, ci))), None)
    if settings.test_command:
        found = _configured(settings.test_command, found)
    elif found is None:
        found = _from_ci(tree, ci)
    if found is None:
        return NoTests("no tests were found: none are configured, CI runs none, and no file looks like one")
    return replace(
        found,
        setup=found.setup if settings.setup_commands is None else settings.setup_commands,
        checks=found.checks if settings.checks is None else settings.checks,
        dependency_files=tuple(dict.fromkeys((*found.dependency_files, *settings.dependency_files))),
        environment={**found.environment, **settings.environment},
    )


def runner_of(command: Command) -> Runner:
    """Tell by its words which runner a command starts."""
    names = [PurePosixPath(word).name for word in command]
    for name, runner in (
        ("pytest", Runner.PYTEST),
        ("py.test", Runner.PYTEST),
        ("unittest", Runner.UNITTEST),
        ("jest", Runner.JEST),
    ):
        if name in names[:4]:
            return runner
    if names[0] == "node" and "--test" in names:
        return Runner.NODE
    if names[:2] == ["go", "test"]:
        return Runner.GO
    return next(
        (runner for runner in (Runner.VITEST, Runner.MOCHA, Runner.TAPE) if runner.value in names[:3]), Runner.OTHER
    )


def _configured(command: Command, found: SuitePlan | None) -> SuitePlan:
    runner = runner_of(command)
    if found is not None:
        return replace(found, runner=runner, command=command, source="the configuration")
    return SuitePlan(runner=runner, command=command, source="the configuration")


def _from_ci(tree: Path, ci: tuple[str, ...]) -> SuitePlan | None:
    line = next((line for line in ci if _TEST_LINE.match(line)), None)
    if line is None and re.search(r"^(?:test|check)\s*:", read_file(tree, "Makefile"), re.MULTILINE):
        line = "make test"
    return (
        SuitePlan(runner=Runner.OTHER, command=("sh", "-c", line), source=f"CI, which runs `{line[:80]}`")
        if line
        else None
    )
