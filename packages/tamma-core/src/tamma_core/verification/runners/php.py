"""Start PHPUnit."""

import re
from collections.abc import Sequence

from tamma_core.verification.messages import short_message
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.reports.junit import read_junit
from tamma_core.verification.runners.driver import REPORT, SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite

_RISKY = frozenset(
    f"PHPUnit\\Framework\\{name}"
    for name in (
        "RiskyTestError",
        "OutputError",
        "MissingCoversAnnotationException",
        "CoveredCodeNotExecutedException",
        "UnintentionallyCoveredCodeError",
    )
)
"""What PHPUnit finds fault with in a test that did not fail; its report calls that an error."""


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Have it write JUnit, which takes its cache of results and its measure of coverage away from the tree."""
    methods = "|".join(map(re.escape, chosen))
    selected = ("--filter", f"/::(?:{methods})(?: |$)/") if chosen else ()
    return SuiteCommand((*plan.command, "--log-junit", REPORT, "--do-not-cache-result", "--no-coverage", *selected))


def read(_plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read the report; risky tests tell nothing, but they are what failed if the run failed and nothing else did."""
    if not run.report:
        return Suite(problem=f"no test was run: {short_message(run.output, 1000)}")
    suite = read_junit(run.report, _method, _RISKY)
    return suite if suite.red or not run.exit_code else read_junit(run.report, _method)


def _method(_classname: str, name: str, _file: str) -> str:
    """Answer the method that a data set belongs to."""
    return name.partition(" ")[0]
