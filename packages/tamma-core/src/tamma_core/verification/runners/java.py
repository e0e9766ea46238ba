"""Start the tests of Maven and Gradle."""

from collections.abc import Sequence

from tamma_core.verification.messages import short_message
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.reports.junit import read_junits
from tamma_core.verification.runners.driver import SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite

_SUREFIRE = r"(?:.*/)?target/(?:surefire|failsafe)-reports/TEST-[^/]+\.xml"
_GRADLE = r"(?:.*/)?build/test-results/.*\.xml"
# Gradle writes where it reads, and tests may not write what was installed.
_BEGIN = 'cp -a /deps/gradle/. "$GRADLE_USER_HOME" 2>/dev/null; exec "$@"'


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Run without network to the end of all modules; each class has a report below its module."""
    if plan.runner is Runner.GRADLE:
        tests = [word for name in chosen for word in ("--tests", name)]
        words = (*plan.command, "--offline", "--no-daemon", "--continue", *tests)
        return SuiteCommand(("sh", "-c", _BEGIN, "sh", *words), {"GRADLE_USER_HOME": "/tmp/gradle"}, written=_GRADLE)  # noqa: S108 - in the sandbox
    selected = (f"-Dtest={','.join(chosen)}", *ANY_MODULE) if chosen else ()
    return SuiteCommand((*plan.command, "-o", "--fail-at-end", *selected), written=_SUREFIRE)


ANY_MODULE = ("-DfailIfNoTests=false", "-Dsurefire.failIfNoSpecifiedTests=false")
"""Options of Maven for a selection that not every module has."""


def read(_plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read all reports; without any, what was printed says why nothing was compiled."""
    if not run.reports:
        return Suite(problem=f"no test was run: {short_message(run.output, 1000)}")
    return read_junits(run.reports.values(), lambda classname, _name, _file: classname.partition("$")[0])
