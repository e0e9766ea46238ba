"""Whose fault a failure is."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from tamma_core.domain.ci_job import JobAttempt, JobResult
from tamma_core.domain.events import FailureTriaged
from tamma_core.domain.ids import Sha
from tamma_core.domain.task import StepName
from tamma_core.domain.triage import Cause
from tamma_core.domain.verification import FailureKind, TestFailure, VerificationReport
from tamma_core.engine.triage import LOG_LIMIT, Failing, cut, signs, triage, triage_verification

SHA = Sha("1" * 40)
FIRST = JobAttempt(run="1", job="1", attempt=1)
RED = "FAIL: test_minutes (test_duration.ParseDuration.test_minutes)\nAssertionError: 1 != 2\nFAILED (failures=1)\n"


def job(log: str = RED, *, result: JobResult = JobResult.FAILURE, on_base: bool = False) -> Failing:
    return Failing(name="ci / test (push)", result=result, log=log, on_base=on_base, attempt=FIRST)


def before(*failing: Failing) -> FailureTriaged:
    verdict = triage(failing, None)
    names = tuple(item.name for item in failing)
    return FailureTriaged(
        sha=SHA,
        step=StepName.MONITOR,
        cause=verdict.cause,
        evidence=verdict.evidence,
        failing=names,
        signs=signs(failing),
        again=verdict.again,
    )


def test_red_on_the_base_is_the_bases_doing() -> None:
    """What fails on the base too is repeated by nobody and repaired by no model."""
    verdict = triage([job(on_base=True)], None)
    assert (verdict.cause, verdict.again) == (Cause.BASE, False)


def test_a_first_failure_is_repeated_before_it_is_believed() -> None:
    """Nothing is known from one failure; only what failed here is shown, not what fails on the base too."""
    verdict = triage([job(), Failing(name="old", log="an old trouble", on_base=True)], None)
    assert (verdict.cause, verdict.again) == (Cause.UNCLEAR, True)
    assert "old trouble" not in verdict.evidence


def test_what_fails_twice_is_new() -> None:
    """The same test red before and after the repeat goes to the model, with what its log says."""
    verdict = triage([job()], before(job()))
    assert (verdict.cause, verdict.again) == (Cause.NEW, False)
    assert "AssertionError: 1 != 2" in verdict.evidence


def test_other_tests_failing_each_time_are_flaky() -> None:
    """Red twice, but never by the same test: no model can repair that, so both are shown to a person."""
    other = job(RED.replace("test_minutes", "test_hours"))
    verdict = triage([other], before(job()))
    assert (verdict.cause, verdict.again) == (Cause.FLAKY, False)
    assert "test_minutes" in verdict.evidence
    assert "test_hours" in verdict.evidence


@pytest.mark.parametrize(
    "line",
    [
        "error: the job ran into its time limit",
        "The hosted runner lost communication with the server.",
        "curl: (6) Could not resolve host: packages.example",
        "pip: Max retries exceeded with url: /simple/attrs/",
        "npm error code EAI_AGAIN",
        "fetching index: 503 Service Unavailable",
        "toomanyrequests: You have reached your pull rate limit.",
        "HTTP 429 Too Many Requests",
        "cp: error writing 'x': No space left on device",
    ],
)
def test_infrastructure_is_repeated_once_and_then_left_to_a_person(line: str) -> None:
    """What broke off for reasons of its own is never given to a model."""
    log = f"2026-01-02T03:04:05.6789Z Collecting attrs\n2026-01-02T03:04:06.1Z {line}\n"
    first = triage([job(log)], None)
    assert (first.cause, first.again) == (Cause.INFRASTRUCTURE, True)
    second = triage([job(log)], before(job(log)))
    assert (second.cause, second.again) == (Cause.INFRASTRUCTURE, False)
    assert line in second.evidence


@pytest.mark.parametrize("result", [JobResult.CANCELLED, JobResult.TIMED_OUT])
def test_a_job_that_did_not_end_by_itself_is_infrastructure(result: JobResult) -> None:
    """A runner that went away leaves no words, but a result."""
    assert triage([job("", result=result)], None).cause is Cause.INFRASTRUCTURE


def test_a_failed_test_that_speaks_of_a_time_limit_is_no_infrastructure() -> None:
    """A project may test what it does on a timeout: a named failed test outweighs the words."""
    log = "FAIL: test_limit (t.T.test_limit)\nAssertionError: 'did not end within 5 s' != 'context deadline exceeded'\n"
    assert triage([job(log)], None).cause is Cause.UNCLEAR


def test_words_far_above_the_end_are_no_infrastructure() -> None:
    """A download that was retried and worked is not what the job failed of."""
    log = "warning: ECONNRESET, trying again\n" + "ok\n" * 60 + "lint: 3 problems\n"
    assert triage([job(log)], None).cause is Cause.UNCLEAR


def test_a_real_failure_after_infrastructure_is_new() -> None:
    """The first run broke off, the repeat shows a failing test."""
    verdict = triage([job()], before(job("Could not resolve host: a.example")))
    assert verdict.cause is Cause.NEW


def test_what_cannot_be_repeated_is_taken_as_it_is() -> None:
    """Without a way to repeat, one failure has to do, and infrastructure goes to a person at once."""
    external = Failing(name="security-scan", log="2 findings")
    assert triage([external], None).cause is Cause.NEW
    down = triage([Failing(name="scan", log="502 Bad Gateway")], None)
    assert (down.cause, down.again) == (Cause.INFRASTRUCTURE, False)


def test_a_log_is_cut_to_what_matters() -> None:
    """Of a long log the telling lines and the end are left, without time stamps and colours."""
    noise = "".join(f"2026-01-02T03:04:05.1Z line {number} of a download\n" for number in range(5000))
    log = f"{noise}2026-01-02T03:04:06.1Z \x1b[31mAssertionError: 1 != 2\x1b[0m\n{noise}2026-01-02T03:04:07Z the end\n"
    kept = cut(log)
    assert len(kept) <= LOG_LIMIT + 100
    assert "AssertionError: 1 != 2" in kept
    assert kept.endswith("the end")
    assert "2026-01-02" not in kept


def report(problem: str, *, on_base: int = 0, failures: tuple[TestFailure, ...] = ()) -> VerificationReport:
    return VerificationReport(
        sha=SHA,
        base=SHA,
        command="pytest",
        tests_run=0,
        tests_run_on_base=on_base,
        failures=failures,
        problem=problem,
    )


DOWN = "the set-up step `pip install .` failed (exit code 1): Temporary failure in name resolution"
LATE = "`pytest` did not end within 900 s"


@pytest.mark.parametrize(
    ("problem", "on_base", "repeated", "expected"),
    [
        (DOWN, 0, False, (Cause.INFRASTRUCTURE, True)),
        (DOWN, 0, True, (Cause.INFRASTRUCTURE, False)),
        (LATE, 9, False, (Cause.UNCLEAR, True)),
        (LATE, 9, True, (Cause.NEW, False)),
    ],
)
def test_verification_that_broke_off(problem: str, on_base: int, repeated: bool, expected: tuple[Cause, bool]) -> None:
    """A registry that is down is nobody's change; a suite that ended on the base, and twice not here, is this one's."""
    verdict = triage_verification(report(problem, on_base=on_base), repeated=repeated)
    assert verdict is not None
    assert (verdict.cause, verdict.again) == expected


def test_a_verdict_and_a_missing_suite_are_no_break() -> None:
    """Failures are classified already, and a project without tests is for a person."""
    failed = TestFailure(name="t", kind=FailureKind.NEW)
    assert triage_verification(report(LATE, on_base=3, failures=(failed,)), repeated=False) is None
    assert triage_verification(report("no tests were found"), repeated=False) is None
    assert triage_verification(report(""), repeated=False) is None


@pytest.mark.parametrize(
    ("stamp", "lost"),
    [
        ("2026-11-29T10:00:00.1234567Z", True),
        ("2026-11-29T10:09:59.0000000Z", False),
        ("2026-11-29T10:00:00", False),
        ("2026-02-31T10:00:00.0Z", False),
        ("2027-11-29T10:00:00.0Z", False),
    ],
)
def test_a_log_that_stops_long_before_its_job_tells_of_a_lost_runner(stamp: str, lost: bool) -> None:
    """Whoever runs a job writes its last line at its end; a time that cannot be read or compared says nothing."""
    ended = datetime(2026, 11, 29, 10, 10, tzinfo=UTC)
    verdict = triage([replace(job(f"{stamp} python3 -m unittest\n"), ended_at=ended)], None)
    assert (verdict.cause is Cause.INFRASTRUCTURE) is lost
    assert ("its log stops 600 s before that" in verdict.evidence) is lost


def test_a_job_without_a_line_lost_its_runner() -> None:
    """Repeated once, then parked with that reason; a log that was not asked for says nothing."""
    first = triage([replace(job(""), wordless=True)], None)
    assert (first.cause, first.again) == (Cause.INFRASTRUCTURE, True)
    assert "its runner was lost before it wrote any" in first.evidence
    assert triage([job("")], None).cause is Cause.UNCLEAR


def test_a_failed_test_in_the_log_of_a_lost_runner_is_a_failure() -> None:
    """What a log names as failed has failed, whoever died afterwards."""
    log = "".join(f"2026-11-29T10:00:00.0000000Z {line}\n" for line in RED.splitlines())
    verdict = triage([replace(job(log), ended_at=datetime(2026, 11, 29, 10, 10, tzinfo=UTC))], None)
    assert verdict.cause is Cause.UNCLEAR
