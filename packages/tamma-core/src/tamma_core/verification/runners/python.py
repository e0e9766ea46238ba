"""Start pytest and unittest."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from tamma_core.ports.sandbox import Mount
from tamma_core.verification.must_fail import MustFail, alias, disguised
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.reports.junit import read_junit
from tamma_core.verification.reports.script_json import read_lines
from tamma_core.verification.runners.driver import REPORT, SuiteCommand, SuiteRun
from tamma_core.verification.settings import Command
from tamma_core.verification.suite import Suite

_PROGRAM = "/tamma/unittest_program.py"
_TIMES = ("must_fail_before", "must_fail_after")
_METHOD = re.compile(r"    def test_(must_fail_\w+)")
_ANY = re.compile(r"def test_(must_fail_\w+)")
_ISOLATED = re.compile(r"-[a-zA-Z]*[IE][a-zA-Z]*|.*PYTHONPATH.*|-i?|--ignore-environment")
"""Words before pytest with which its interpreter does not look where we say: its own, and those of `env`."""
_PYTEST_OPTIONS = (
    "-p",
    "no:cacheprovider",
    "-o",
    "junit_family=xunit1",
    f"--junitxml={REPORT}",
    "--rootdir=/workspace",
    "--continue-on-collection-errors",
)


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Have pytest write JUnit, or run unittest by a program of ours that writes lines."""
    words = plan.command
    if plan.runner is Runner.UNITTEST:
        return _unittest(words, chosen)
    paths = chosen or tuple(_paths(words))
    return SuiteCommand((*_program(words, "pytest"), *_PYTEST_OPTIONS, *_options(words), *paths))


def read(plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read what they wrote."""
    return read_lines(run.report) if plan.runner is Runner.UNITTEST else read_junit(run.report)


def with_must_fail(command: SuiteCommand, plan: SuitePlan, token: str, _tree: Path | None) -> SuiteCommand:
    """Show pytest a plug-in of ours, and our program of unittest two files; an interpreter that looks nowhere else finds no plug-in."""
    if plan.runner is Runner.UNITTEST:
        must_fail = _must_fail(token, _METHOD)
        files = [f"{must_fail.place}/{name}" for name in must_fail.files]
        environment = {**command.environment, "TAMMA_MUST_FAIL": os.pathsep.join(files)}
        return replace(command, environment=environment, must_fail=must_fail)
    if any(map(_ISOLATED.fullmatch, _program(plan.command, "pytest"))):
        return command
    must_fail, plugin = _must_fail(token, _ANY), alias(token, "plugin")
    text = disguised(token, Path(__file__).with_name("pytest_plugin.py").read_text(encoding="utf-8"))
    must_fail = replace(must_fail, files={**must_fail.files, f"{plugin}.py": text})
    begin = len(_program(command.argv, "pytest"))
    path = os.pathsep.join(filter(None, (plan.environment.get("PYTHONPATH"), must_fail.place)))
    return replace(
        command,
        argv=(*command.argv[:begin], "-p", plugin, *command.argv[begin:]),
        environment={**command.environment, "PYTHONPATH": path},
        must_fail=must_fail,
    )


def _must_fail(token: str, wanted: re.Pattern[str]) -> MustFail:
    """Make the tests of before and after, each under names of its own."""
    text = Path(__file__).with_name("must_fail_tests.py").read_text(encoding="utf-8")
    return MustFail(
        names=frozenset(alias(token + time, word) for time in _TIMES for word in wanted.findall(text)),
        files={f"{alias(token, time)}.py": disguised(token + time, text) for time in _TIMES},
        place=f"/tamma/{alias(token, 'place')}",
    )


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
    environment = {"TAMMA_REPORT": REPORT, "TAMMA_TESTS": json.dumps(list(chosen))}
    arguments = command[at + 1 :] or ("discover",)
    mount = Mount(Path(__file__).with_name("unittest_program.py"), _PROGRAM)
    return SuiteCommand((*python, _PROGRAM, *arguments), environment, (mount,))
