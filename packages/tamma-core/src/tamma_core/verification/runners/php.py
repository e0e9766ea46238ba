"""Start PHPUnit."""

import re
from collections.abc import Sequence

from tamma_core.verification.messages import short_message
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.reports.junit import read_junit
from tamma_core.verification.runners.driver import REPORT, SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Have it write JUnit, which takes its cache of results and its measure of coverage away from the tree."""
    methods = "|".join(map(re.escape, chosen))
    selected = ("--filter", f"/::(?:{methods})(?: |$)/") if chosen else ()
    return SuiteCommand((*plan.command, "--log-junit", REPORT, "--do-not-cache-result", "--no-coverage", *selected))


def read(_plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read the report; a data set belongs to its method."""
    if not run.report:
        return Suite(problem=f"no test was run: {short_message(run.output, 1000)}")
    return read_junit(run.report, lambda _classname, name, _file: name.partition(" ")[0])
