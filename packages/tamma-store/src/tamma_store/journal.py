"""The journal on SQL: each write decides everything inside its own transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from tamma_core.domain.errors import Conflict, Defect
from tamma_core.domain.events import (
    Approved,
    Event,
    Recorded,
    Rejected,
    TaskCancelled,
    TaskCreated,
    TaskPaused,
    TaskResumed,
)
from tamma_core.domain.ids import Position, TaskId
from tamma_core.domain.task import Task, TaskStatus
from tamma_core.ports.clock import Clock
from tamma_core.ports.journal import AppendCondition, Lease, Query, TaskFilter, TaskSummary

from tamma_store import conditions, leases, listing, projection, records, tasks
from tamma_store.blobs import SqlBlobs, is_small, keep
from tamma_store.reader import Reader
from tamma_store.schema import event
from tamma_store.writer import Writer

_SIGNALS = (Approved, Rejected, TaskPaused, TaskResumed, TaskCancelled)


class SqlJournal:
    """Keep every event of every task in a SQL database."""

    def __init__(self, writer: Writer, reader: Reader, clock: Clock, blobs: SqlBlobs) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._blobs = blobs

    async def submit(self, task: Task) -> TaskId:
        """Record a new task; the same delivery answers the first task's id."""

        def work(connection: Connection) -> TaskId:
            known = tasks.delivered(connection, task.delivery)
            if known is not None:
                return known
            now = self._clock.now()
            tasks.create(connection, task, projection.begin(task, now), now)
            records.write(connection, task.id, 0, now, [TaskCreated(task=task)])
            return task.id

        return await self._writer.run(work)

    async def claim(self, task: TaskId, *, owner: str, ttl_s: float) -> Lease:
        """Take the task with the next epoch; raise `LeaseLost` while another holds it."""
        return await self._writer.run(
            lambda connection: leases.claim(connection, task, owner, ttl_s, self._clock.now())
        )

    async def renew(self, lease: Lease, *, ttl_s: float) -> Lease:
        """Extend a lease that still holds."""
        return await self._writer.run(lambda connection: leases.renew(connection, lease, ttl_s, self._clock.now()))

    async def release(self, lease: Lease, *, wake_at: datetime | None = None) -> None:
        """Give the task back; a signal that came meanwhile still wakes it."""
        await self._writer.run(lambda connection: leases.release(connection, lease, wake_at))

    async def append(
        self,
        lease: Lease,
        events: Sequence[Event],
        condition: AppendCondition | None = None,
        *,
        blobs: Sequence[bytes] = (),
    ) -> Position:
        """Record events of the leased task and the blobs that they name, all or none."""
        small = [data for data in blobs if is_small(data)]
        # A file that no event names does no harm; an event that names no file would.
        for data in blobs:
            if not is_small(data):
                await self._blobs.put(data)

        def work(connection: Connection) -> Position:
            now = self._clock.now()
            row = leases.held(connection, lease, now)
            for data in small:
                keep(connection, data)
            return _record(connection, row, events, condition, now)

        return await self._writer.run(work)

    async def signal(self, task: TaskId, events: Sequence[Event], condition: AppendCondition | None = None) -> Position:
        """Record what people said and wake the task; no lease is asked for, so no worker's event is taken."""
        for item in events:
            if not isinstance(item, _SIGNALS):
                raise Defect(f"a {item.type} of task {task} needs a lease", hint="append it instead")

        def work(connection: Connection) -> Position:
            row = tasks.load(connection, task)
            if TaskStatus(row.status).ended:
                raise Conflict(f"task {task} has ended: {row.status}", hint="submit a new task")
            return _record(connection, row, events, condition, self._clock.now(), wake=True)

        return await self._writer.run(work)

    async def read(
        self, task: TaskId, *, after: Position | None = None, types: frozenset[str] = frozenset()
    ) -> Sequence[Recorded]:
        """List a task's events in order."""
        statement = records.SELECT_EVENTS.where(event.c.task == task, event.c.position > conditions.number(after))
        if types:
            statement = statement.where(event.c.type.in_(sorted(types)))

        def work(connection: Connection) -> list[Recorded]:
            tasks.load(connection, task)
            rows = connection.execute(statement.order_by(event.c.position))
            return [records.decode(row) for row in rows]

        return await self._reader.run(work)

    async def query(self, query: Query, *, after: Position | None = None) -> Sequence[Recorded]:
        """List events of all tasks that match, in order."""
        positions = conditions.matching(query, after)
        if positions is None:
            return []
        statement = records.SELECT_EVENTS.where(event.c.position.in_(positions)).order_by(event.c.position)
        return await self._reader.run(lambda connection: [records.decode(row) for row in connection.execute(statement)])

    async def summaries(self, selection: TaskFilter) -> Sequence[TaskSummary]:
        """List tasks, newest first."""
        return await self._reader.run(lambda connection: listing.newest(connection, selection))


def _record(
    connection: Connection,
    row: Row[Any],
    events: Sequence[Event],
    condition: AppendCondition | None,
    now: datetime,
    *,
    wake: bool = False,
) -> Position:
    """Check the condition, insert the events and bring the task's row up to date."""
    conditions.check(connection, condition)
    task = TaskId(row.id)
    position = records.write(connection, task, row.epoch, now, events)
    shown = projection.advance(tasks.projection(row), events)
    if wake:
        shown = projection.woken(shown, now)
    tasks.show(connection, row, shown, now)
    return position or _last(connection, task)


def _last(connection: Connection, task: TaskId) -> Position:
    return Position(
        str(connection.execute(select(func.max(event.c.position)).where(event.c.task == task)).scalar_one())
    )
