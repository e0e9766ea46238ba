"""What one run of a suite said, test by test."""

from collections.abc import Iterable, Mapping

from msgspec import field

from tamma_core.domain.record import Record
from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import one_line

MOST_TESTS = 200_000
_RED = frozenset({TestOutcome.FAILED, TestOutcome.ERROR})


class Case(Record, frozen=True):
    """Hold one test's outcome, what to ask the runner for to run it again, and the file that it is in where the runner tells it."""

    outcome: TestOutcome
    message: str = ""
    selector: str = ""
    file: str = ""

    @property
    def red(self) -> bool:
        """Tell whether the test speaks against the tree."""
        return self.outcome in _RED


class Suite(Record, frozen=True):
    """Hold the tests of a run by name; `problem` says why there may be more than these, or none."""

    cases: Mapping[str, Case] = field(default_factory=dict)
    problem: str = ""
    output: str = ""
    must_fail: int = 0
    """How many tests of ours that must fail were run beside the project's."""
    passed: int = 0
    """How many of them passed."""
    unseen: int = 0
    """How many of them were not reported."""
    whole: int = 0
    """How many of the project's tests are files, beside which none of ours was run."""

    @property
    def red(self) -> tuple[str, ...]:
        """Name what failed."""
        return tuple(name for name, case in self.cases.items() if case.red)

    @property
    def cannot_fail(self) -> str:
        """Say what speaks against a failure being seen in this run, or nothing."""
        told = [f"{self.passed} passed"] if self.passed else []
        told += [f"{self.unseen} were not reported"] if self.unseen else []
        return f"of {self.must_fail} tests that must fail, {' and '.join(told)}" if told else ""


def gathered(cases: Iterable[tuple[str, Case]]) -> dict[str, Case]:
    """Name each test once: a name that comes again gets a number, so that none is lost."""
    named: dict[str, Case] = {}
    seen: dict[str, int] = {}
    for raw, case in cases:
        name = one_line(raw) or "(nameless)"
        seen[name] = seen.get(name, 0) + 1
        named[name if seen[name] == 1 else f"{name} #{seen[name]}"] = case
        if len(named) >= MOST_TESTS:
            break
    return named
