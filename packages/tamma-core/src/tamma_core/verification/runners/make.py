"""Start what a Makefile or a justfile runs as its tests."""

import re
from collections.abc import Sequence

from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.reports.tap import read_tap
from tamma_core.verification.reports.trs import read_trs
from tamma_core.verification.runners.driver import SuiteCommand, SuiteRun, by_exit_code
from tamma_core.verification.suite import Suite

_TAP = re.compile(r"^(?:TAP version 1[34]|1\.\.[1-9]\d*)\s*$", re.MULTILINE)


def command(plan: SuitePlan, _chosen: Sequence[str]) -> SuiteCommand:
    """Run it as it is; Automake's driver leaves a file for each test, also where another goes on failing."""
    return SuiteCommand(plan.command, {"VERBOSE": "1"}, written=r".*\.trs")


def read(plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read Automake's files, or the Test Anything Protocol on the output, or else the exit code."""
    if run.reports:
        return read_trs({name: data for name, data in run.reports.items() if name.endswith(".trs")})
    if _TAP.search(run.output):
        return read_tap(run.output)
    return by_exit_code(plan, run)
