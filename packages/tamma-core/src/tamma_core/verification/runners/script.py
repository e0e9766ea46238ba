"""Start the runners of JavaScript and TypeScript."""

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from tamma_core.verification.must_fail import MustFail, alias, disguised
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.reports.script_json import read_jest, read_mocha
from tamma_core.verification.reports.tap import read_tap, read_tape
from tamma_core.verification.runners.driver import REPORT, SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite

_NAMED = re.compile(r"\b(?:it|test)\('(must_fail_\w+)'")
_TIMES = ("must_fail_before", "must_fail_after")
_ELSEWHERE = re.compile(
    r"--(?:experimental-)?(?:permission|test-isolation)\b.*|--test-(?:name|skip)-pattern\b.*|--test-force-exit|--watch"
)
"""Options of Node with which ours would not be read, not be selected, run beside no test, or not be waited for."""

_FILE = re.compile(r"[^\s>]+\.[cm]?[jt]sx?")
"""A file that makes no test is one to Node, under its path, by whether it ends well."""


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Have each write its own machine format to the report; tape prints nothing else anyway."""
    words = plan.command
    match plan.runner:
        case Runner.NODE:
            at = words.index("--test") + 1
            report = ("--test-reporter=tap", f"--test-reporter-destination={REPORT}")
            return SuiteCommand((*words[:at], *report, *words[at:]))
        case Runner.JEST:
            return SuiteCommand((*words, "--json", f"--outputFile={REPORT}", "--ci", *chosen), {"CI": "true"})
        case Runner.VITEST:
            return SuiteCommand((*words, "--reporter=json", f"--outputFile={REPORT}", *chosen), {"CI": "true"})
        case Runner.MOCHA:
            return SuiteCommand((*words, "--reporter", "json", "--reporter-option", f"output={REPORT}"))
        case _:
            return SuiteCommand(words)


def read(plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read what they wrote."""
    match plan.runner:
        case Runner.NODE:
            return read_tap(run.report.decode("utf-8", "replace"))
        case Runner.MOCHA:
            return read_mocha(run.report)
        case Runner.TAPE:
            return read_tape(run.output)
        case _:
            return read_jest(run.report)


def with_must_fail(command: SuiteCommand, plan: SuitePlan, token: str, _tree: Path | None) -> SuiteCommand:
    """Have Node load a program of ours in each process; other runners count what fails, and end with an error for it."""
    if plan.runner is not Runner.NODE or any(map(_ELSEWHERE.fullmatch, command.argv)):
        return command
    folder, plugin = Path(__file__).parent, f"{alias(token, 'plugin')}.cjs"
    text = (folder / "must_fail_tests.cjs").read_text(encoding="utf-8")
    first, last = (frozenset(alias(token + time, word) for word in _NAMED.findall(text)) for time in _TIMES)
    files = {f"{alias(token, time)}.cjs": disguised(token + time, text) for time in _TIMES}
    files[plugin] = disguised(token, (folder / "node_plugin.cjs").read_text(encoding="utf-8"))
    place = f"/tamma/{alias(token, 'place')}"
    argv = (command.argv[0], f"--require={place}/{plugin}", *command.argv[1:])
    must_fail = MustFail(names=first | last, files=files, place=place, first=first, alone=_FILE, todo=True)
    return replace(command, argv=argv, must_fail=must_fail)
