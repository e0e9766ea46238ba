"""Tell whose fault a failure is, from facts alone; only what is new goes to a model."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from tamma_core.domain.ci_job import JobAttempt, JobResult
from tamma_core.domain.events import FailureTriaged
from tamma_core.domain.record import Record
from tamma_core.domain.triage import Cause, Triage
from tamma_core.domain.verification import VerificationReport
from tamma_core.verification.messages import plain, short_message

LOG_LIMIT = 3000
"""Characters of one log that a model or a person is shown."""
_READ = 200_000
MOST_SIGNS = 50
_LONGEST_SIGN = 300
_END_LINES = 40
"""A job that broke off says so at its end; the same words further up are what a test printed."""
_SILENT_S = 10.0
"""A runner that lives writes the last line of a log when it ends the job; a forge ends the job of one that was lost much later."""

_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)\s?", re.MULTILINE)
_BROKEN_OFF = re.compile(
    r"lost communication with the server|runner has received a shutdown signal|runner .{0,40}(?:lost|went offline)"
    r"|operation was cancel+ed|no space left on device|cannot allocate memory|out of memory: killed"
    # time
    r"|ran into its time limit|exceeded the maximum execution time|job .{0,40}timed out|did not end within \d"
    r"|context deadline exceeded"
    # registry and network
    r"|temporary failure in name resolution|could not resolve host|no address associated with hostname"
    r"|EAI_AGAIN|ECONNRESET|ETIMEDOUT|tls handshake timeout|max retries exceeded with url"
    r"|(?:502 bad gateway|503 service unavailable|504 gateway time-?out)"
    # rate limit
    r"|429 too many requests|toomanyrequests|api rate limit exceeded|rate limit .{0,20}exceeded",
    re.IGNORECASE,
)
_FAILED_TEST = re.compile(
    r"^[ \t]*(?:FAIL: |FAILED (?!\()|ERROR: (?=test)|ERROR (?=\S+::)|not ok |--- FAIL: |[\u2715\u00d7\u2717] ).+",
    re.MULTILINE,
)
_MESSAGE = re.compile(r" - .*")
_VARYING = re.compile(r"0x[0-9a-f]+|\d+")


class Failing(Record, frozen=True, kw_only=True):
    """Hold one job or check that failed at a commit, and what is known of it."""

    name: str
    result: JobResult = JobResult.FAILURE
    log: str = ""
    wordless: bool = False
    """Whether its log was asked for and holds nothing: a runner that lives writes what it begins with."""
    ended_at: datetime | None = None
    on_base: bool = False
    """Whether the same fails on the base that the commit contains."""
    attempt: JobAttempt | None = None
    """What can be repeated; none where the forge cannot."""


def triage(failing: Sequence[Failing], earlier: FailureTriaged | None) -> Triage:
    """Tell whose fault it is; `earlier` is what was said before the one repeat, or none before it."""
    fresh = [item for item in failing if not item.on_base]
    if not fresh:
        return Triage(cause=Cause.BASE, evidence=shown(failing))
    broken = [item for item in fresh if broken_off(item)]
    if len(broken) == len(fresh):
        again = earlier is None and any(item.attempt for item in broken)
        return Triage(cause=Cause.INFRASTRUCTURE, evidence=shown(broken), again=again)
    real = [item for item in fresh if item not in broken]
    if earlier is None:
        again = all(item.attempt for item in real)
        return Triage(cause=Cause.UNCLEAR if again else Cause.NEW, evidence=shown(real), again=again)
    if _elsewhere(real, earlier):
        both = f"Before the repeat:\n{earlier.evidence}\nWhen repeated:\n{shown(real)}"
        return Triage(cause=Cause.FLAKY, evidence=both)
    return Triage(cause=Cause.NEW, evidence=shown(real))


def triage_verification(report: VerificationReport, *, repeated: bool) -> Triage | None:
    """Tell whose fault it is that our own verification broke off; none where it did not, or has a verdict."""
    problem = report.problem
    if not problem or report.failures or not _BROKEN_OFF.search(problem):
        return None
    if report.tests_run_on_base and repeated:
        # The base's tests ended, those of the commit twice did not: that is the commit's doing.
        return Triage(cause=Cause.NEW, evidence=problem)
    cause = Cause.UNCLEAR if report.tests_run_on_base else Cause.INFRASTRUCTURE
    return Triage(cause=cause, evidence=problem, again=not repeated)


def broken_off(failing: Failing) -> bool:
    """Tell whether a job was ended by something else than what it ran."""
    if failing.result in {JobResult.CANCELLED, JobResult.TIMED_OUT}:
        return True
    end = "\n".join(plain(failing.log).rstrip().splitlines()[-_END_LINES:])
    lost = failing.wordless or _silent_s(failing) >= _SILENT_S
    return not signs([failing]) and (lost or bool(_BROKEN_OFF.search(end)))


def _silent_s(failing: Failing) -> float:
    """Answer how long before the end of a job its log stops; zero where the log tells no time."""
    stamps = _STAMP.findall(plain(failing.log))
    if failing.ended_at is None or not stamps:
        return 0.0
    try:
        last = datetime.fromisoformat(stamps[-1].strip())
        return (failing.ended_at - last).total_seconds()
    except (ValueError, TypeError):  # no such day, or a time of no zone
        return 0.0


def signs(failing: Iterable[Failing]) -> tuple[str, ...]:
    """Name the failed tests of logs, without messages and numbers that change from run to run."""
    found = (
        _VARYING.sub("#", _MESSAGE.sub("", " ".join(line.split())))[:_LONGEST_SIGN]
        for item in failing
        for line in _FAILED_TEST.findall(_unstamped(item.log))
    )
    return tuple(dict.fromkeys(found))[:MOST_SIGNS]


def shown(failing: Iterable[Failing]) -> str:
    """Show what failed with the part of each log that matters."""
    return "\n".join(f"{item.name}: {_ended(item)}\n{cut(item.log)}".rstrip() for item in failing)


def _ended(failing: Failing) -> str:
    if failing.wordless:
        return f"{failing.result.value}; it has no log, so its runner was lost before it wrote any"
    silent = _silent_s(failing)
    lost = f"; its log stops {silent:.0f} s before that, so its runner was lost" if silent >= _SILENT_S else ""
    return f"{failing.result.value}{lost}"


def cut(log: str) -> str:
    """Cut a log to what tells what went wrong."""
    return short_message(_unstamped(log)[-_READ:], LOG_LIMIT)


def _elsewhere(real: Sequence[Failing], earlier: FailureTriaged) -> bool:
    """Tell whether the same jobs failed, but none of the tests that failed the first time."""
    now = signs(real)
    return bool(now and earlier.signs) and not set(now) & set(earlier.signs)


def _unstamped(log: str) -> str:
    return _STAMP.sub("", plain(log))
