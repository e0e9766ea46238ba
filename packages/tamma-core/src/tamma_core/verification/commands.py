"""Turn a plan into a command line that reports test by test, and read what it reported."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from tamma_core.domain.verification import TestOutcome
from tamma_core.ports.sandbox import Mount
from tamma_core.verification.go_json import read_go
from tamma_core.verification.junit import read_junit
from tamma_core.verification.messages import short_message
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.script_json import read_jest, read_lines, read_mocha
from tamma_core.verification.settings import Command
from tamma_core.verification.suite import Case, Suite
from tamma_core.verification.tap import read_tap, read_tape

REPORT_FOLDER = "/report"
REPORT_NAME = "tests.report"
_REPORT = f"{REPORT_FOLDER}/{REPORT_NAME}"
_PROGRAM = "/tamma/unittest_program.py"
_MOST_SELECTED = 400


@dataclass(frozen=True, slots=True)
class SuiteCommand:
    """Hold what to start."""

    argv: Command
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()


def suite_command(plan: SuitePlan, selectors: Sequence[str] = ()) -> SuiteCommand:
    """Answer the command for all tests, or for the selected ones where the runner can select."""
    chosen = tuple(dict.fromkeys(filter(None, selectors))) if len(selectors) <= _MOST_SELECTED else ()
    command = plan.command
    match plan.runner:
        case Runner.PYTEST:
            options = (
                "-p",
                "no:cacheprovider",
                "-o",
                "junit_family=xunit1",
                f"--junitxml={_REPORT}",
                "--rootdir=/workspace",
            )
            paths = chosen or tuple(_paths(command))
            return SuiteCommand(
                (*_program(command, "pytest"), *options, "--continue-on-collection-errors", *_options(command), *paths)
            )
        case Runner.UNITTEST:
            return _unittest(command, chosen)
        case Runner.NODE:
            at = command.index("--test") + 1
            report = ("--test-reporter=tap", f"--test-reporter-destination={_REPORT}")
            return SuiteCommand((*command[:at], *report, *command[at:]))
        case Runner.JEST:
            return SuiteCommand((*command, "--json", f"--outputFile={_REPORT}", "--ci", *chosen), {"CI": "true"})
        case Runner.VITEST:
            return SuiteCommand((*command, "--reporter=json", f"--outputFile={_REPORT}", *chosen), {"CI": "true"})
        case Runner.MOCHA:
            return SuiteCommand((*command, "--reporter", "json", "--reporter-option", f"output={_REPORT}"))
        case Runner.GO:
            return SuiteCommand(_go(command, chosen))
        case Runner.TAPE | Runner.OTHER:
            return SuiteCommand(command)
        case _:
            assert_never(plan.runner)


def read_suite(plan: SuitePlan, report: bytes, output: str, exit_code: int) -> Suite:
    """Answer the tests that a run reported; a report and an exit code that disagree are a problem."""
    readers: Mapping[Runner, Callable[[], Suite]] = {
        Runner.PYTEST: lambda: read_junit(report),
        Runner.UNITTEST: lambda: read_lines(report),
        Runner.NODE: lambda: read_tap(report.decode("utf-8", "replace")),
        Runner.JEST: lambda: read_jest(report),
        Runner.VITEST: lambda: read_jest(report),
        Runner.MOCHA: lambda: read_mocha(report),
        Runner.TAPE: lambda: read_tape(output),
        Runner.GO: lambda: read_go(output),
        Runner.OTHER: lambda: _by_exit_code(plan, output, exit_code),
    }
    suite = readers[plan.runner]()
    shown = short_message(output)
    if not suite.cases and (suite.problem or exit_code):
        problem = f"`{_shown(plan)}` ran no tests (exit code {exit_code}): {suite.problem or 'it reported none'}"
        return Suite(problem=problem, output=shown)
    if exit_code and not suite.red and not suite.problem:
        return Suite(suite.cases, f"`{_shown(plan)}` failed (exit code {exit_code}) though no test did", shown)
    return Suite(suite.cases, suite.problem, shown)


def _by_exit_code(plan: SuitePlan, output: str, exit_code: int) -> Suite:
    outcome = TestOutcome.FAILED if exit_code else TestOutcome.PASSED
    return Suite({f"`{_shown(plan)}`": Case(outcome, short_message(output) if exit_code else "")})


def _shown(plan: SuitePlan) -> str:
    return " ".join(plan.command)[:120]


def _program(command: Command, name: str) -> Command:
    at = next(i for i, word in enumerate(command) if Path(word).name in {name, "py.test"})
    return command[: at + 1]


def _arguments(command: Command) -> Command:
    return command[len(_program(command, "pytest")) :]


def _paths(command: Command) -> list[str]:
    """Answer the arguments that name tests: those after no option that wants a value."""
    words = _arguments(command)
    wants = re.compile(r"-[kmcopW]|--(?:ignore|rootdir|import-mode|deselect|confcutdir|config-file|override-ini)")
    return [
        word for i, word in enumerate(words) if not word.startswith("-") and not (i and wants.fullmatch(words[i - 1]))
    ]


def _options(command: Command) -> Command:
    paths = set(_paths(command))
    return tuple(word for word in _arguments(command) if word not in paths)


def _unittest(command: Command, chosen: Sequence[str]) -> SuiteCommand:
    at = next(i for i, word in enumerate(command) if Path(word).name == "unittest")
    python = command[: at - 1] if at and command[at - 1] == "-m" else command[:at]
    environment = {"TAMMA_REPORT": _REPORT, "TAMMA_TESTS": json.dumps(list(chosen))}
    arguments = command[at + 1 :] or ("discover",)
    mount = Mount(Path(__file__).with_name("unittest_program.py"), _PROGRAM)
    return SuiteCommand((*python, _PROGRAM, *arguments), environment, (mount,))


def _go(command: Command, chosen: Sequence[str]) -> Command:
    head = ("go", "test", "-json", "-count=1")
    if not chosen:
        return (*head, *command[2:])
    packages = sorted({selector.partition(" ")[0] for selector in chosen})
    tests = sorted({test for selector in chosen if (test := selector.partition(" ")[2])})
    run = ("-run", f"^({'|'.join(map(re.escape, tests))})$") if tests and len(tests) == len(chosen) else ()
    return (*head, *(word for word in command[2:] if word.startswith("-")), *run, *packages)
