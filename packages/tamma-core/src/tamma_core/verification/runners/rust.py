"""Start Rust's tests."""

from collections.abc import Sequence

from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.reports.cargo_text import read_cargo
from tamma_core.verification.runners.driver import SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite

# Cargo tells by time stamps what to compile again: what it compiled of another commit must look older than this tree.
_BEGIN = 'cp -a /deps/target/. target 2>/dev/null; find . -path ./target -prune -o -type f -exec touch {} +; exec "$@"'


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Run on compiled dependencies, every program of tests to its end."""
    words = plan.command[: plan.command.index("--")] if "--" in plan.command else plan.command
    arguments = plan.command[len(words) + 1 :]
    filters = ("--exact", *chosen) if chosen else arguments
    cargo = (*words, "--offline", "--no-fail-fast", "--color=never")
    return SuiteCommand(("sh", "-c", _BEGIN, "sh", *cargo, *(("--", *filters) if filters else ())))


def read(_plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read what was printed."""
    return read_cargo(run.output)
