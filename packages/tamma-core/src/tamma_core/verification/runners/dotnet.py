"""Start the tests of .NET."""

from collections.abc import Sequence

from tamma_core.verification.messages import short_message
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.reports.trx import read_trx
from tamma_core.verification.runners.driver import REPORT_FOLDER, SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Have each project of tests write a file of results."""
    names = "|".join(f"FullyQualifiedName={name}" for name in chosen)
    selected = ("--filter", names) if chosen else ()
    return SuiteCommand((*plan.command, "--logger", "trx", "--results-directory", REPORT_FOLDER, *selected))


def read(_plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read all files; without any, what was printed says why nothing was compiled."""
    files = [data for name, data in run.reports.items() if name.endswith(".trx")]
    if not files:
        return Suite(problem=f"no test was run: {short_message(run.output, 1000)}")
    return read_trx(files)
