"""Start the runners of JavaScript and TypeScript."""

from collections.abc import Sequence

from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.reports.script_json import read_jest, read_mocha
from tamma_core.verification.reports.tap import read_tap, read_tape
from tamma_core.verification.runners.driver import REPORT, SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite


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
