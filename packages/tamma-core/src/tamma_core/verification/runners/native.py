"""Start the tests of CMake and Meson."""

import re
import shlex
from collections.abc import Sequence

from tamma_core.verification.messages import short_message
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.reports.junit import read_junits
from tamma_core.verification.runners.driver import REPORT, SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite

BUILD = ".tamma-build"
_MESON_REPORT = r"\.tamma-build/meson-logs/testlog\.junit\.xml"


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Configure and build, then have the tests reported as JUnit."""
    if plan.runner is Runner.MESON:
        return SuiteCommand(plan.command, written=_MESON_REPORT)
    *start, script = plan.command
    names = "|".join(map(re.escape, chosen))
    selected = f" -R {shlex.quote(f'^({names})$')}" if chosen else ""
    return SuiteCommand((*start, f"{script} --output-junit {REPORT}{selected}"))


def read(_plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read the report; without one, what was printed says why nothing was built."""
    if not run.reports:
        return Suite(problem=f"it was not built: {short_message(run.output, 1000)}")
    return read_junits(run.reports.values(), lambda _classname, name, _file: name)
