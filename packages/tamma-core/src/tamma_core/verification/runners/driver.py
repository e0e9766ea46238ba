"""What every runner needs to know of a run, and has to say of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from msgspec import field

from tamma_core.domain.record import Record
from tamma_core.domain.verification import TestOutcome
from tamma_core.ports.sandbox import Mount
from tamma_core.verification.messages import short_message
from tamma_core.verification.must_fail import MustFail
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.settings import Command
from tamma_core.verification.suite import Case, Suite

REPORT_FOLDER = "/report"
REPORT_NAME = "tests.report"
REPORT = f"{REPORT_FOLDER}/{REPORT_NAME}"


class SuiteCommand(Record, frozen=True):
    """Hold what to start, and where the results will be beside the folder of reports."""

    argv: Command
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    written: str = ""
    """A pattern for paths in the tree, where the runner cannot be told a place for its reports."""
    must_fail: MustFail | None = None
    """What runs beside the project's tests to show that they can fail, where that can be done."""


class SuiteRun(Record, frozen=True, kw_only=True):
    """Hold what came of a command: the files of reports, what it printed, and its exit code."""

    reports: Mapping[str, bytes] = field(default_factory=dict)
    output: str = ""
    exit_code: int = 0

    @property
    def report(self) -> bytes:
        """Answer the one report of a runner that writes one."""
        return self.reports.get(REPORT_NAME, b"")


class Driver(Protocol):
    """Start a runner so that it reports test by test, and read that. Each runner's module is one."""

    def command(self, plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
        """Answer the command for all tests, or for those that were chosen."""
        ...

    def read(self, plan: SuitePlan, run: SuiteRun) -> Suite:
        """Answer what a run reported."""
        ...


@runtime_checkable
class CanFail(Protocol):
    """Run tests that must fail beside a project's, which not every runner can be brought to."""

    def with_must_fail(self, command: SuiteCommand, plan: SuitePlan, token: str, tree: Path | None) -> SuiteCommand:
        """Add them under names that follow from the token; leave a command as it is that would not find them. Nothing is written into the tree."""
        ...


def by_exit_code(plan: SuitePlan, run: SuiteRun) -> Suite:
    """Take the whole command for one test."""
    outcome = TestOutcome.FAILED if run.exit_code else TestOutcome.PASSED
    name = f"`{' '.join(plan.command)[:120]}`"
    return Suite({name: Case(outcome, short_message(run.output) if run.exit_code else "")})


def option(command: Command, *words: str) -> bool:
    """Tell whether a command already has one of these options."""
    return any(word == wanted or word.startswith(f"{wanted}=") for word in command for wanted in words)
