"""The journal's words: everything that ever happened to a task, a closed union."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tamma_core.domain.ci_job import JobAttempt
from tamma_core.domain.consumption import Consumption
from tamma_core.domain.effects import Effect, Outcome
from tamma_core.domain.guard import GuardReport
from tamma_core.domain.ids import BlobRef, EffectKey, Position, Sha, TaskId
from tamma_core.domain.plan import Analysis, Plan
from tamma_core.domain.record import Record, Tagged
from tamma_core.domain.repository import Issue
from tamma_core.domain.review import ReviewItem, ThreadAnswer
from tamma_core.domain.rules import Rules
from tamma_core.domain.task import Limits, SetupNetwork, StepName, Task
from tamma_core.domain.traffic import Traffic
from tamma_core.domain.triage import Cause
from tamma_core.domain.usage import Usage
from tamma_core.domain.verification import VerificationReport


class WaitFor(StrEnum):
    """Name what a waiting task waits for."""

    APPROVAL = "approval"
    CI = "ci"
    REVIEW = "review"
    MERGE = "merge"
    RETRY = "retry"
    QUIET_HOURS = "quiet_hours"
    ROOM = "room"


class ApprovalSubject(StrEnum):
    """Name what a person decides about."""

    PLAN = "plan"
    DIFF = "diff"


class TaskCreated(Tagged, frozen=True, kw_only=True):
    """A task was submitted."""

    task: Task


class StepStarted(Tagged, frozen=True, kw_only=True):
    """A worker began a step."""

    step: StepName
    attempt: int


class IssueSelected(Tagged, frozen=True, kw_only=True):
    """The issue as it was when work began, and the commit that work begins at."""

    issue: Issue | None
    base: str
    base_sha: Sha


class PolicyRead(Tagged, frozen=True, kw_only=True):
    """The repository's own rules at a commit of the base; none where it has no policy file."""

    base_sha: Sha
    policy: Rules | None


class IssueAnalysed(Tagged, frozen=True, kw_only=True):
    """The analysis is there."""

    analysis: Analysis


class PlanMade(Tagged, frozen=True, kw_only=True):
    """A version of the plan is there, with the hash that an approval must name."""

    plan: Plan
    hash: str
    version: int


class Approved(Tagged, frozen=True, kw_only=True):
    """Somebody entitled approved what has this hash; `via` names the way: terminal, issue, flag, demo."""

    subject: ApprovalSubject
    hash: str
    by: str
    via: str
    comment: str = ""
    """The comment that said so, where one did."""
    said_at: datetime | None = None
    """The time of that comment by the forge, in UTC."""


class Rejected(Tagged, frozen=True, kw_only=True):
    """Somebody entitled declined what has this hash."""

    subject: ApprovalSubject
    hash: str
    by: str
    via: str
    reason: str = ""
    comment: str = ""
    """The comment that said so, where one did."""
    said_at: datetime | None = None
    """The time of that comment by the forge, in UTC; of its last edit where it was edited."""


class DiffAsked(Tagged, frozen=True, kw_only=True):
    """A person is asked about a difference; `hash` names the question, and with it what an approval was given for."""

    hash: str
    diff_hash: str
    doubts: tuple[str, ...]
    """Names of the doubts that the question told of, in order, at most a few hundred; its own name is made of them and of the difference's."""


class PlanVoided(Tagged, frozen=True, kw_only=True):
    """The plan will not do; the next version is told why."""

    reason: str


class BranchNamed(Tagged, frozen=True, kw_only=True):
    """The branch that the work will be pushed to."""

    branch: str


class AttemptStarted(Tagged, frozen=True, kw_only=True):
    """A fresh attempt begins at this base; `authored_at` dates its commits, so that repeats have the same SHA."""

    number: int
    base_sha: Sha
    authored_at: datetime
    note: str = ""
    keep: Sha | None = None
    """The candidate that this attempt builds on, or none to begin at the base."""
    conflicts: tuple[str, ...] = ()
    """Files in which the candidate and the base are to be brought together."""


class TurnRecorded(Tagged, frozen=True, kw_only=True):
    """One report of the agent; the report itself is a blob."""

    step: StepName
    attempt: int
    number: int
    kind: str
    report: BlobRef
    usage: Usage
    cost_usd: Decimal | None


class TrafficRecorded(Tagged, frozen=True, kw_only=True):
    """What a claim asked of the world since its last append, and what it was answered; the record is a blob."""

    record: BlobRef


class CandidateMade(Tagged, frozen=True, kw_only=True):
    """The host took the difference and made a commit of it."""

    sha: Sha
    attempt: int
    guard: GuardReport
    summary: str
    answers: tuple[ThreadAnswer, ...] = ()
    """What it does about threads of reviewers."""


class NetworkUsed(Tagged, frozen=True, kw_only=True):
    """Commands that set dependencies up had a way out; of the host's own network nothing is counted."""

    step: StepName
    network: SetupNetwork
    traffic: Traffic


class CommandsRun(Tagged, frozen=True, kw_only=True):
    """Commands in the sandbox ended since the record before; a turn's stands beside the turn."""

    step: StepName
    used: Consumption


class CandidateVerified(Tagged, frozen=True, kw_only=True):
    """The project's tests were run on the candidate and its base."""

    report: VerificationReport


class CandidateReviewed(Tagged, frozen=True, kw_only=True):
    """The final difference was read once more by a model."""

    sha: Sha
    objections: tuple[str, ...]
    summary: str


class CandidateRejected(Tagged, frozen=True, kw_only=True):
    """The candidate will not do; the next attempt is told why."""

    sha: Sha
    by: StepName
    reason: str
    evidence: str = ""
    keep: bool = True
    """Whether the next attempt builds on this candidate."""
    conflicts: tuple[str, ...] = ()
    """Files in which it conflicts with the base."""
    items: tuple[ReviewItem, ...] = ()
    """What reviewers ask for in threads of their own."""


class FailureTriaged(Tagged, frozen=True, kw_only=True):
    """Something failed at this commit, and this is whose fault it is; `again` asks for the one repeat."""

    sha: Sha
    step: StepName
    cause: Cause
    evidence: str
    failing: tuple[str, ...] = ()
    """Names of the jobs and checks that failed."""
    signs: tuple[str, ...] = ()
    """The failed tests that their logs name."""
    again: bool = False
    jobs: tuple[JobAttempt, ...] = ()
    """What is to be repeated on the forge."""


class PullRequestOpened(Tagged, frozen=True, kw_only=True):
    """Our pull request shows the candidate."""

    number: int
    url: str
    head_sha: Sha


class BaseMoved(Tagged, frozen=True, kw_only=True):
    """The base has commits that the candidate does not contain."""

    base_sha: Sha


class GatePassed(Tagged, frozen=True, kw_only=True):
    """Every condition for merging held at this head."""

    head_sha: Sha
    base_sha: Sha
    reasons: tuple[str, ...]


class GateVoided(Tagged, frozen=True, kw_only=True):
    """What the gate let pass is no longer so; every condition is looked at again."""

    reason: str


class ChangeMerged(Tagged, frozen=True, kw_only=True):
    """The change is part of the base; `onto` is the commit of the base that it was put on, where that is known."""

    sha: Sha
    onto: Sha | None = None


class BaseTurnedRed(Tagged, frozen=True, kw_only=True):
    """Checks fail on the base since the merge; `tip` is where a revert begins, `found_at` dates its commit."""

    sha: Sha
    tip: Sha
    checks: tuple[str, ...]
    found_at: datetime


class WaitStarted(Tagged, frozen=True, kw_only=True):
    """The task waits, holding nothing."""

    step: StepName
    wait_for: WaitFor
    reason: str
    until: datetime
    """When to look again."""
    deadline: datetime | None = None
    """When to give up."""


class EffectIntended(Tagged, frozen=True, kw_only=True):
    """An effect is about to be tried; nothing of it can land after `expires_at`."""

    effect: Effect
    expires_at: datetime


class EffectDone(Tagged, frozen=True, kw_only=True):
    """An effect was found or made."""

    key: EffectKey
    outcome: Outcome


class ResultRefused(Tagged, frozen=True, kw_only=True):
    """What an agent handed in will not do; once a person lets the task go on, the step asks afresh."""

    step: StepName
    reason: str
    reselect: bool = False
    """Whether the issue is to be read again first."""


class CommandIgnored(Tagged, frozen=True, kw_only=True):
    """This comment tried to decide, and did not count; said once."""

    comment: str
    author: str


class TaskParked(Tagged, frozen=True, kw_only=True):
    """The task needs a person; `hint` is what that person can do."""

    step: StepName
    reason: str
    hint: str


class TaskResumed(Tagged, frozen=True, kw_only=True):
    """A person let a parked or paused task go on, perhaps with other limits."""

    by: str
    limits: Limits | None = None
    comment: str = ""
    """The comment that said so, where one did."""


class TaskPaused(Tagged, frozen=True, kw_only=True):
    """A person asked the task to hold."""

    by: str


class TaskCompleted(Tagged, frozen=True, kw_only=True):
    """The task is done."""

    summary: str


class TaskFailed(Tagged, frozen=True, kw_only=True):
    """The task ended without a result."""

    step: StepName
    reason: str
    hint: str


class TaskCancelled(Tagged, frozen=True, kw_only=True):
    """A person ended the task."""

    by: str
    reason: str


Event = (
    TaskCreated
    | StepStarted
    | IssueSelected
    | PolicyRead
    | IssueAnalysed
    | PlanMade
    | DiffAsked
    | PlanVoided
    | Approved
    | Rejected
    | BranchNamed
    | AttemptStarted
    | TurnRecorded
    | NetworkUsed
    | CommandsRun
    | TrafficRecorded
    | CandidateMade
    | CandidateVerified
    | CandidateReviewed
    | CandidateRejected
    | FailureTriaged
    | PullRequestOpened
    | BaseMoved
    | GatePassed
    | GateVoided
    | ChangeMerged
    | BaseTurnedRed
    | WaitStarted
    | EffectIntended
    | EffectDone
    | ResultRefused
    | CommandIgnored
    | TaskParked
    | TaskResumed
    | TaskPaused
    | TaskCompleted
    | TaskFailed
    | TaskCancelled
)


class Recorded(Record, frozen=True, kw_only=True):
    """An event as the journal holds it."""

    position: Position
    task: TaskId
    epoch: int
    at: datetime
    event: Event


def tags(task: TaskId, event: Event) -> Iterator[str]:
    """Yield the tags by which conditions and queries find an event."""
    yield f"task:{task}"
    match event:
        case TaskCreated():
            yield f"delivery:{event.task.delivery}"
            if event.task.issue is not None:
                yield f"issue:{event.task.issue}"
        case EffectIntended():
            yield f"effect:{event.effect.key}"
        case EffectDone():
            yield f"effect:{event.key}"
        case Approved() | Rejected():
            yield f"{event.subject}:{event.hash}"
        case _:
            pass
