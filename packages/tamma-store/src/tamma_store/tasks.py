"""The row of a task: its projection, its issue and its lease."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update
from tamma_core.domain.errors import AlreadyExists, NotFound
from tamma_core.domain.ids import DeliveryId, TaskId
from tamma_core.domain.task import StepName, Task, TaskStatus
from tamma_core.ports.journal import TaskSummary

from tamma_store.projection import Projection, earliest
from tamma_store.schema import ENDED, event, event_tag, task

# Each turn of an agent asks these; building a statement costs as much as running it.
_LOAD = select(task).where(task.c.id == bindparam("id_"))
_SHOW = update(task).where(task.c.id == bindparam("id_"))


def load(connection: Connection, id_: TaskId) -> Row[Any]:
    """Read a task's row; raise `NotFound`."""
    row = connection.execute(_LOAD, {"id_": id_}).one_or_none()
    if row is None:
        raise NotFound(f"there is no task {id_}", hint="`tamma tasks list` shows those that exist")
    return row


def delivered(connection: Connection, delivery: DeliveryId) -> TaskId | None:
    """Find the task that a delivery has made already."""
    known = connection.execute(select(task.c.id).where(task.c.delivery == delivery)).scalar()
    return None if known is None else TaskId(known)


def create(connection: Connection, new: Task, shown: Projection, at: datetime) -> None:
    """Insert the row of a new task; raise `AlreadyExists` when its issue is being worked on."""
    refuse_second(connection, None if new.issue is None else str(new.issue))
    if connection.execute(select(task.c.id).where(task.c.id == new.id)).scalar() is not None:
        raise AlreadyExists(f"there is a task {new.id} already, of another delivery", hint="submit with a new id")
    fixed = {
        "id": new.id,
        "delivery": new.delivery,
        "repository": str(new.repository),
        "issue": None if new.issue is None else str(new.issue),
        "epoch": 0,
        "created_at": new.created_at,
    }
    connection.execute(insert(task), fixed | _columns(shown, at))


def show(connection: Connection, row: Row[Any], shown: Projection, at: datetime) -> None:
    """Store what a list shows of a task now."""
    connection.execute(_SHOW, {"id_": row.id} | _columns(shown, at))


def refuse_second(connection: Connection, issue: str | None) -> None:
    """Raise `AlreadyExists` naming the unfinished task that another one created for the same issue."""
    if issue is None:
        return
    other = connection.execute(
        select(task.c.id)
        .join(event, event.c.task == task.c.id)
        .join(event_tag, event_tag.c.position == event.c.position)
        .where(event_tag.c.tag == f"issue:{issue}", event.c.type == "task_created")
        .where(task.c.status.not_in(ENDED))
    ).scalar()
    if other is not None:
        raise AlreadyExists(
            f"task {other} works on {issue} already",
            hint=f"`tamma tasks show {other}` shows it; `tamma resume {other}` goes on; `tamma tasks cancel {other}` ends it",
        )


def projection(row: Row[Any]) -> Projection:
    """Read the part of a row that events bring up to date."""
    return Projection(
        title=row.title,
        status=TaskStatus(row.status),
        step=None if row.step is None else StepName(row.step),
        reason=row.reason,
        cost_usd=row.cost_usd,
        cost_known=row.cost_known,
        plan_hash=row.plan_hash,
        wake_at=row.wake_at,
    )


def summary(row: Row[Any]) -> TaskSummary:
    """Read the line of a list; a leased task is to be looked at when its lease runs out, if not before."""
    return TaskSummary(
        id=TaskId(row.id),
        repository=row.repository,
        issue=row.issue or "",
        title=row.title,
        status=TaskStatus(row.status),
        step=None if row.step is None else StepName(row.step),
        reason=row.reason,
        cost_usd=_money(row.cost_usd, known=row.cost_known),
        created_at=row.created_at,
        updated_at=row.updated_at,
        wake_at=earliest(row.wake_at, row.lease_until),
        epoch=row.epoch,
    )


def _money(cost: Decimal, *, known: bool) -> str:
    return f"{cost:f}" if known else f">={cost:f}"


def _columns(shown: Projection, at: datetime) -> dict[str, object]:
    return {
        "title": shown.title,
        "status": shown.status.value,
        "step": None if shown.step is None else shown.step.value,
        "reason": shown.reason,
        "cost_usd": shown.cost_usd,
        "cost_known": shown.cost_known,
        "plan_hash": shown.plan_hash,
        "wake_at": shown.wake_at,
        "updated_at": at,
    }
