"""Jobs of continuous integration: what a forge ran at a commit, and can run again."""

from datetime import datetime
from enum import StrEnum

from tamma_core.domain.record import Record


class JobResult(StrEnum):
    """Reduce the vendors' words for the end of a job to what a triage needs."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    SKIPPED = "skipped"

    @property
    def red(self) -> bool:
        """Tell whether the job ended and did not do what it was for."""
        return self in {JobResult.FAILURE, JobResult.CANCELLED, JobResult.TIMED_OUT}


class Job(Record, frozen=True, kw_only=True):
    """Hold a job at a commit; `run` is what is asked for to have it repeated, `attempt` counts its repeats."""

    id: str
    run: str
    name: str
    """Unique among the jobs of a commit, and the same for the same job of another commit."""
    result: JobResult
    attempt: int
    checks: tuple[str, ...] = ()
    """Names of the checks that tell this job's result."""
    duration_s: float | None = None
    ended_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """Tell whether the result stands."""
        return self.result is not JobResult.PENDING


class JobAttempt(Record, frozen=True, kw_only=True):
    """Name one attempt of a job, so that a later one is told from it."""

    run: str
    job: str
    attempt: int
