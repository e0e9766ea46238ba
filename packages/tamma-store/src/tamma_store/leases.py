"""Who may write to a task, and until when; decided by the store's clock at the moment of the write."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, update
from tamma_core.domain.errors import InvalidInput, LeaseHeld, LeaseLost
from tamma_core.domain.ids import TaskId
from tamma_core.ports.journal import LONGEST_LEASE_S, Lease

from tamma_store import tasks
from tamma_store.projection import earliest
from tamma_store.schema import task


def claim(connection: Connection, id_: TaskId, owner: str, ttl_s: float, now: datetime) -> Lease:
    """Give the task to one owner with the next epoch; raise `LeaseHeld` while a lease runs."""
    row = tasks.load(connection, id_)
    if row.lease_until is not None and now < row.lease_until <= now + timedelta(seconds=LONGEST_LEASE_S):
        raise LeaseHeld(
            f"task {id_} is held by {row.owner} until {row.lease_until:%H:%M:%S} UTC",
            until=row.lease_until,
            hint="wait until then, or stop the other process",
        )
    lease = Lease(task=id_, epoch=row.epoch + 1, owner=owner, expires_at=_until(now, ttl_s))
    values = {"epoch": lease.epoch, "owner": owner, "lease_until": lease.expires_at, "wake_at": None}
    connection.execute(update(task).where(task.c.id == id_), values)
    return lease


def renew(connection: Connection, lease: Lease, ttl_s: float, now: datetime) -> Lease:
    """Move the end of a lease that still holds."""
    held(connection, lease, now)
    until = _until(now, ttl_s)
    connection.execute(update(task).where(task.c.id == lease.task), {"lease_until": until})
    return Lease(task=lease.task, epoch=lease.epoch, owner=lease.owner, expires_at=until)


def release(connection: Connection, lease: Lease, wake_at: datetime | None) -> None:
    """Give the task back unless it was given back or away before; an earlier wake, as by a signal, stays."""
    row = tasks.load(connection, lease.task)
    if row.epoch == lease.epoch and row.lease_until is not None:
        values = {"owner": None, "lease_until": None, "wake_at": earliest(row.wake_at, wake_at)}
        connection.execute(update(task).where(task.c.id == lease.task), values)


def held(connection: Connection, lease: Lease, now: datetime) -> Row[Any]:
    """Answer the row of the leased task; raise `LeaseLost` when the epoch is old or the time is up."""
    row = tasks.load(connection, lease.task)
    if row.epoch != lease.epoch:
        raise LeaseLost(f"task {lease.task} was claimed by another worker (epoch {row.epoch}, ours {lease.epoch})")
    if row.lease_until is None or row.lease_until <= now:
        raise LeaseLost(f"the lease on task {lease.task} has ended", hint="claim the task again and read its journal")
    return row


def _until(now: datetime, ttl_s: float) -> datetime:
    if not 0 < ttl_s <= LONGEST_LEASE_S:
        hint = f"ask for more than 0 and at most {LONGEST_LEASE_S:.0f} seconds"
        raise InvalidInput(f"there is no lease of {ttl_s} s", hint=hint)
    return now + timedelta(seconds=ttl_s)
