"""Logs of continuous integration, which any test and any runner may write into."""

import math
import re
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st
from tamma_core.domain.ci_job import JobAttempt, JobResult
from tamma_core.domain.events import FailureTriaged
from tamma_core.domain.ids import Sha
from tamma_core.domain.task import StepName
from tamma_core.engine.triage import LOG_LIMIT, MOST_SIGNS, Failing, broken_off, cut, shown, signs, triage

from fuzz.material import damaged, texts

LOG = b"""2026-01-02T03:04:05.0000000Z \x1b[31mRun tests\x1b[0m
2026-01-02T03:04:06.0000000Z FAIL: test_units (test_duration.ParseDuration) - took 12 ms
2026-01-02T03:04:06Z AssertionError: 1800 != 5400
2026-01-02T03:04:07+01:00 --- FAIL: TestAdd (0.00s)
not ok 7 - adds
curl: (6) Could not resolve host: packages.example
2026-01-02T03:04:08Z The runner has received a shutdown signal.
"""
AT = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
logs = damaged([LOG]).map(lambda data: data.decode(errors="replace")) | texts.map(lambda text: text * 30)
results = st.sampled_from(JobResult)
ended = st.none() | st.sampled_from([AT, AT.replace(tzinfo=None), datetime.max.replace(tzinfo=UTC)])


@given(logs, results, ended, st.booleans())
@example("runner " * 30_000, JobResult.FAILURE, AT, False)
@example("\x1b]" * 60_000, JobResult.FAILURE, AT, False)
@example("rate limit " * 20_000 + "\n" * 50_000, JobResult.FAILURE, AT, False)
@example("9999-99-99T99:99:99Z x", JobResult.FAILURE, AT, False)
@example("0001-01-01T00:00:00+23:59 x", JobResult.FAILURE, AT, False)
@example("FAIL: " + "x" * 200_000, JobResult.FAILURE, AT, False)
@example("".join(f"FAIL: {'x' * size}\n" for size in range(300)), JobResult.FAILURE, AT, False)
def test_log_is_judged_and_cut_whatever_is_in_it(log: str, result: JobResult, at: datetime | None, base: bool) -> None:
    """Each log has a verdict; what is shown of it is bounded and moves nothing on a screen."""
    failing = Failing(
        name="ci / test",
        result=result,
        log=log,
        ended_at=at,
        on_base=base,
        attempt=JobAttempt(run="1", job="1", attempt=1),
    )
    verdict = triage([failing], None)
    assert verdict.cause
    assert broken_off(failing) in {True, False}
    named = signs([failing])
    assert len(named) <= MOST_SIGNS
    assert all(len(sign) <= 300 and "\n" not in sign for sign in named)
    assert not math.isnan(len(shown([failing])))
    short = cut(log)
    assert len(short) <= LOG_LIMIT + 100
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", short)
    assert cut(short) == short


@given(logs)
def test_same_failure_seen_again_is_the_same(log: str) -> None:
    """The same words when repeated, other numbers and times in them or not, are no flaky test."""
    later = log.replace("(0.00s)", "(1.25s)")
    first = Failing(name="test", log=log, attempt=JobAttempt(run="1", job="1", attempt=1))
    known = FailureTriaged(
        sha=Sha("a" * 40), step=StepName.MONITOR, cause=triage([first], None).cause, evidence="", signs=signs([first])
    )
    assert triage([first], known).cause.value != "flaky"
    assert signs([Failing(name="test", log=later)]) == signs([first])
