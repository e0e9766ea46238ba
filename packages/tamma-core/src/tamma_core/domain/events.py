"""The journal's words: everything that ever happened to a task, a closed union."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Discriminator

from tamma_core.domain.ci_job import JobAttempt
from tamma_core.domain.consumption import Consumption
from tamma_core.domain.effects import Effect, Outcome
from tamma_core.domain.guard import GuardReport
from tamma_core.domain.ids import BlobRef, EffectKey, Position, Sha, TaskId
from tamma_core.domain.plan import Analysis, Plan
from tamma_core.domain.repository import Issue
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


class ApprovalSubject(StrEnum):
    """Name what a person decides about."""

    PLAN = "plan"
    DIFF = "diff"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCreated:
    """A task was submitted."""

    task: Task
    type: Literal["task_created"] = "task_created"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A worker began a step."""

    step: StepName
    attempt: int
    type: Literal["step_started"] = "step_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSelected:
    """The issue as it was when work began, and the commit that work begins at."""

    issue: Issue | None
    base: str
    base_sha: Sha
    type: Literal["issue_selected"] = "issue_selected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRead:
    """The repository's own rules at a commit of the base; none where it has no policy file."""

    base_sha: Sha
    policy: Rules | None
    type: Literal["policy_read"] = "policy_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueAnalysed:
    """The analysis is there."""

    analysis: Analysis
    type: Literal["issue_analysed"] = "issue_analysed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMade:
    """A version of the plan is there, with the hash that an approval must name."""

    plan: Plan
    hash: str
    version: int
    type: Literal["plan_made"] = "plan_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Somebody entitled approved what has this hash; `via` names the way: terminal, issue, flag, demo."""

    subject: ApprovalSubject
    hash: str
    by: str
    via: str
    comment: str = ""
    """The comment that said so, where one did."""
    type: Literal["approved"] = "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Somebody entitled declined what has this hash."""

    subject: ApprovalSubject
    hash: str
    by: str
    via: str
    reason: str = ""
    type: Literal["rejected"] = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVoided:
    """The plan will not do; the next version is told why."""

    reason: str
    type: Literal["plan_voided"] = "plan_voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchNamed:
    """The branch that the work will be pushed to."""

    branch: str
    type: Literal["branch_named"] = "branch_named"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted:
    """A fresh attempt begins at this base; `authored_at` dates its commits, so that repeats have the same SHA."""

    number: int
    base_sha: Sha
    authored_at: datetime
    note: str = ""
    keep: Sha | None = None
    """The candidate that this attempt builds on, or none to begin at the base."""
    conflicts: tuple[str, ...] = ()
    """Files in which the candidate and the base are to be brought together."""
    type: Literal["attempt_started"] = "attempt_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecorded:
    """One report of the agent; the report itself is a blob."""

    step: StepName
    attempt: int
    number: int
    kind: str
    report: BlobRef
    usage: Usage
    cost_usd: Decimal | None
    type: Literal["turn_recorded"] = "turn_recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRecorded:
    """What a claim asked of the world since its last append, and what it was answered; the record is a blob."""

    record: BlobRef
    type: Literal["traffic_recorded"] = "traffic_recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateMade:
    """The host took the difference and made a commit of it."""

    sha: Sha
    attempt: int
    guard: GuardReport
    summary: str
    type: Literal["candidate_made"] = "candidate_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkUsed:
    """Commands that set dependencies up had a way out; of the host's own network nothing is counted."""

    step: StepName
    network: SetupNetwork
    traffic: Traffic
    type: Literal["network_used"] = "network_used"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandsRun:
    """Commands in the sandbox ended since the record before; a turn's stands beside the turn."""

    step: StepName
    used: Consumption
    type: Literal["commands_run"] = "commands_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateVerified:
    """The project's tests were run on the candidate and its base."""

    report: VerificationReport
    type: Literal["candidate_verified"] = "candidate_verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateReviewed:
    """The final difference was read once more by a model."""

    sha: Sha
    objections: tuple[str, ...]
    summary: str
    type: Literal["candidate_reviewed"] = "candidate_reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRejected:
    """The candidate will not do; the next attempt is told why."""

    sha: Sha
    by: StepName
    reason: str
    evidence: str = ""
    keep: bool = True
    """Whether the next attempt builds on this candidate."""
    conflicts: tuple[str, ...] = ()
    """Files in which it conflicts with the base."""
    type: Literal["candidate_rejected"] = "candidate_rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureTriaged:
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
    type: Literal["failure_triaged"] = "failure_triaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestOpened:
    """Our pull request shows the candidate."""

    number: int
    url: str
    head_sha: Sha
    type: Literal["pull_request_opened"] = "pull_request_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseMoved:
    """The base has commits that the candidate does not contain."""

    base_sha: Sha
    type: Literal["base_moved"] = "base_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePassed:
    """Every condition for merging held at this head."""

    head_sha: Sha
    base_sha: Sha
    reasons: tuple[str, ...]
    type: Literal["gate_passed"] = "gate_passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVoided:
    """What the gate let pass is no longer so; every condition is looked at again."""

    reason: str
    type: Literal["gate_voided"] = "gate_voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMerged:
    """The change is part of the base; `onto` is the commit of the base that it was put on, where that is known."""

    sha: Sha
    onto: Sha | None = None
    type: Literal["change_merged"] = "change_merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseTurnedRed:
    """Checks fail on the base since the merge; `tip` is where a revert begins, `found_at` dates its commit."""

    sha: Sha
    tip: Sha
    checks: tuple[str, ...]
    found_at: datetime
    type: Literal["base_turned_red"] = "base_turned_red"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitStarted:
    """The task waits, holding nothing."""

    step: StepName
    wait_for: WaitFor
    reason: str
    until: datetime
    """When to look again."""
    deadline: datetime | None = None
    """When to give up."""
    type: Literal["wait_started"] = "wait_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectIntended:
    """An effect is about to be tried; nothing of it can land after `expires_at`."""

    effect: Effect
    expires_at: datetime
    type: Literal["effect_intended"] = "effect_intended"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectDone:
    """An effect was found or made."""

    key: EffectKey
    outcome: Outcome
    type: Literal["effect_done"] = "effect_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRefused:
    """What an agent handed in will not do; once a person lets the task go on, the step asks afresh."""

    step: StepName
    reason: str
    reselect: bool = False
    """Whether the issue is to be read again first."""
    type: Literal["result_refused"] = "result_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandIgnored:
    """Somebody who may not write tried to decide, in this comment; said once."""

    comment: str
    author: str
    type: Literal["command_ignored"] = "command_ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskParked:
    """The task needs a person; `hint` is what that person can do."""

    step: StepName
    reason: str
    hint: str
    type: Literal["task_parked"] = "task_parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResumed:
    """A person let a parked or paused task go on, perhaps with other limits."""

    by: str
    limits: Limits | None = None
    type: Literal["task_resumed"] = "task_resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPaused:
    """A person asked the task to hold."""

    by: str
    type: Literal["task_paused"] = "task_paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted:
    """The task is done."""

    summary: str
    type: Literal["task_completed"] = "task_completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed:
    """The task ended without a result."""

    step: StepName
    reason: str
    hint: str
    type: Literal["task_failed"] = "task_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled:
    """A person ended the task."""

    by: str
    reason: str
    type: Literal["task_cancelled"] = "task_cancelled"


Event = Annotated[
    TaskCreated
    | StepStarted
    | IssueSelected
    | PolicyRead
    | IssueAnalysed
    | PlanMade
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
    | TaskCancelled,
    Discriminator("type"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
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
