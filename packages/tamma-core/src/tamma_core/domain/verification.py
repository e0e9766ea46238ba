"""What the project's own tests say of a commit, compared with its base."""

import re
from enum import StrEnum

from msgspec import field

from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record

# What comes before the first colon outside of a quoted command says what went wrong; what follows is output.
_KIND = re.compile(r"(?:`[^`]*`|[^`:]|`|:(?!\s))*")


class TestOutcome(StrEnum):
    """Reduce a runner's words for a test to four."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


class FailureKind(StrEnum):
    """Tell whose fault a failure is, from repeated runs on base and change."""

    NEW = "new"
    OLD = "old"
    FLAKY = "flaky"


class TestFailure(Record, frozen=True):
    """Hold one failing test, its kind, and its message cut to what matters."""

    __test__ = False

    name: str
    kind: FailureKind
    message: str = ""


class CheckResult(Record, frozen=True, kw_only=True):
    """Hold the result of one further command: a linter, a type check, a build."""

    name: str
    command: str
    passed: bool
    passed_on_base: bool | None
    output: str = ""

    @property
    def speaks_against(self) -> bool:
        """Tell whether it fails on the change and did not before."""
        return not self.passed and self.passed_on_base is not False


class VerificationReport(Record, frozen=True, kw_only=True):
    """Hold what was run at one commit and what came of it."""

    sha: Sha
    base: Sha
    command: str
    tests_run: int
    tests_run_on_base: int
    failures: tuple[TestFailure, ...] = ()
    missing_tests: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = field(default=())
    not_judged: tuple[str, ...] = ()
    """Tests, or whole test files, that the base could not even run: what is in them judged nothing."""
    contradicted_by: tuple[str, ...] = ()
    """Tests that pass on the base and, in the files that the base has of them, fail on the change; its own files let them pass."""
    problem: str = ""
    """Why no verdict was possible (set-up failed, time limit, no tests), or empty."""
    reproduced: bool | None = None
    """Whether a test new in this commit fails on the base, or else one that it changed; none when there is none, or that cannot be told."""
    unproven: str = ""
    """Why the run does not show that its tests can fail, where that is not the change's doing, or empty."""

    @property
    def green(self) -> bool:
        """Tell whether nothing speaks against the commit."""
        bad_check = any(check.speaks_against for check in self.checks)
        new_failure = any(failure.kind is FailureKind.NEW for failure in self.failures)
        return not (self.problem or self.missing_tests or bad_check or new_failure)


def problem_kind(problem: str) -> str:
    """Reduce a problem to what went wrong: the rest holds output, times and places, which differ from run to run."""
    match = _KIND.match(problem)
    return re.sub(r"\d+", "0", match[0] if match else problem)
