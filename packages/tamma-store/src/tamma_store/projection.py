"""What a list of tasks shows, brought up to date by each event without reading the earlier ones."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace
from tamma_core.domain import events as ev
from tamma_core.domain.record import Record
from tamma_core.domain.task import StepName, Task, TaskStatus

_TITLE_LENGTH = 200


class Projection(Record, frozen=True, kw_only=True):
    """Hold the part of a task's row that follows from its events."""

    title: str
    status: TaskStatus = TaskStatus.QUEUED
    step: StepName | None = None
    reason: str = ""
    cost_usd: Decimal = Decimal(0)
    cost_known: bool = True
    plan_hash: str = ""
    wake_at: datetime | None = None


def begin(task: Task, at: datetime) -> Projection:
    """Show a task that was just submitted, and is to be looked at now."""
    return Projection(title=_title(task.text) or str(task.issue or task.id), wake_at=at)


def advance(projection: Projection, events: Iterable[ev.Event]) -> Projection:
    """Apply events as the fold of `tamma_core.domain.state` does, as far as a list shows it."""
    for event in events:
        changed = _life(projection, event) or _work(projection, event) or projection
        projection = _as_ended(projection, changed) if projection.status.ended else changed
    return projection


def _as_ended(ended: Projection, changed: Projection) -> Projection:
    """Keep the end: what a worker still writes afterwards does not bring a task back."""
    return replace(changed, status=ended.status, reason=ended.reason, wake_at=None)


def _life(shown: Projection, event: ev.Event) -> Projection | None:
    match event:
        case ev.StepStarted():
            return replace(_awake(shown), step=event.step)
        case ev.WaitStarted() if shown.status is TaskStatus.PAUSED:
            return shown
        case ev.WaitStarted():
            waiting = replace(shown, status=TaskStatus.WAITING, step=event.step, reason=event.reason)
            return replace(waiting, wake_at=earliest(shown.wake_at, event.until))
        case ev.TaskParked():
            return replace(shown, status=TaskStatus.PAUSED, reason=event.reason)
        case ev.TaskPaused():
            return replace(shown, status=TaskStatus.PAUSED, reason=f"paused by {event.by}")
        case ev.TaskResumed():
            return replace(shown, status=TaskStatus.QUEUED, reason="")
        case ev.TaskCompleted():
            return _ended(shown, TaskStatus.COMPLETED, event.summary)
        case ev.TaskFailed():
            return _ended(shown, TaskStatus.FAILED, event.reason)
        case ev.TaskCancelled():
            return _ended(shown, TaskStatus.CANCELLED, event.reason)
        case _:
            return None


def _work(shown: Projection, event: ev.Event) -> Projection | None:
    match event:
        case ev.IssueSelected(issue=issue):
            title = "" if issue is None else _title(issue.title)
            return replace(_awake(shown), title=title or shown.title, plan_hash="")
        case ev.PlanMade():
            return replace(_awake(shown), plan_hash=event.hash)
        case ev.PlanVoided():
            return replace(_awake(shown), plan_hash="")
        case ev.CandidateMade() | ev.CandidateRejected() | ev.BaseMoved() | ev.GateVoided() | ev.FailureTriaged():
            return _awake(shown)
        case ev.Approved(subject=ev.ApprovalSubject.PLAN) if event.hash != shown.plan_hash:
            return None
        case ev.Approved() | ev.Rejected() | ev.GatePassed() | ev.ChangeMerged():
            return _awake(shown)
        case ev.TurnRecorded():
            known = shown.cost_known and event.cost_usd is not None
            return replace(shown, cost_usd=shown.cost_usd + (event.cost_usd or 0), cost_known=known)
        case _:
            return None


def woken(shown: Projection, at: datetime) -> Projection:
    """Have somebody look at a task now, unless nothing more will happen to it."""
    return shown if shown.status.ended else replace(shown, wake_at=earliest(shown.wake_at, at))


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Answer the earlier of two times, either of which may be unknown."""
    return min((at for at in (one, other) if at is not None), default=None)


def _awake(shown: Projection) -> Projection:
    if shown.status is TaskStatus.PAUSED:
        return shown
    return replace(shown, status=TaskStatus.RUNNING, reason="")


def _ended(shown: Projection, status: TaskStatus, reason: str) -> Projection:
    return replace(shown, status=status, reason=reason, wake_at=None)


def _title(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:_TITLE_LENGTH]
