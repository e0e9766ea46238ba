"""Start a command of which nothing is known but its exit code."""

from collections.abc import Sequence

from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.runners.driver import SuiteCommand, SuiteRun, by_exit_code
from tamma_core.verification.suite import Suite


def command(plan: SuitePlan, _chosen: Sequence[str]) -> SuiteCommand:
    """Run it as it is."""
    return SuiteCommand(plan.command)


def read(plan: SuitePlan, run: SuiteRun) -> Suite:
    """Take the exit code for the result of one test."""
    return by_exit_code(plan, run)
