"""The journal: the only truth about tasks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tamma_core.domain.events import Event, Recorded
from tamma_core.domain.ids import Position, TaskId
from tamma_core.domain.record import Record
from tamma_core.domain.repository import IssueRef
from tamma_core.domain.task import StepName, Task, TaskStatus


class QueryItem(Record, frozen=True, kw_only=True):
    """Match events of one of these types (none named: any) that carry all these tags."""

    types: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


class Query(Record, frozen=True):
    """Match what any of the items matches."""

    items: tuple[QueryItem, ...]


class AppendCondition(Record, frozen=True):
    """Fail the append when an event after the position matches; no position means the whole journal."""

    fail_if: Query
    after: Position | None = None


LONGEST_LEASE_S = 3600.0
"""Nobody asks for more; one that ends later was written by a clock that was ahead, and holds nothing."""


class Lease(Record, frozen=True, kw_only=True):
    """Prove the right to write to a task; each claim has a higher epoch, and a lower one is refused."""

    task: TaskId
    epoch: int
    owner: str
    expires_at: datetime


class TaskSummary(Record, frozen=True, kw_only=True):
    """Hold the row of a list of tasks."""

    id: TaskId
    repository: str
    issue: str
    title: str
    status: TaskStatus
    step: StepName | None
    reason: str
    cost_usd: str
    created_at: datetime
    updated_at: datetime
    wake_at: datetime | None
    epoch: int


class TaskFilter(Record, frozen=True, kw_only=True):
    """Select tasks; empty fields do not restrict. Newest first."""

    statuses: frozenset[TaskStatus] = frozenset()
    repository: str | None = None
    issue: IssueRef | None = None
    limit: int = 50


class Journal(Protocol):
    """Keep every event of every task; what it acknowledged survives a kill and a power loss.

    Errors: `ConditionFailed`, `LeaseLost`, `NotFound`; `Unavailable` when the store cannot write (disk full).
    """

    async def submit(self, task: Task) -> TaskId:
        """Record a new task and answer its id; the same delivery answers the first task's id.

        Raises `AlreadyExists` naming the other task when an unfinished task works on the same issue.
        """
        ...

    async def claim(self, task: TaskId, *, owner: str, ttl_s: float) -> Lease:
        """Take the task for `ttl_s` seconds with the next epoch; raise `LeaseHeld` while another holds it.

        Raises `InvalidInput` for no time and for more than `LONGEST_LEASE_S`.
        """
        ...

    async def renew(self, lease: Lease, *, ttl_s: float) -> Lease:
        """Extend a lease that still holds."""
        ...

    async def release(self, lease: Lease, *, wake_at: datetime | None = None) -> None:
        """Give the task back; `wake_at` says when somebody should look at it again. Idempotent."""
        ...

    async def append(
        self,
        lease: Lease,
        events: Sequence[Event],
        condition: AppendCondition | None = None,
        *,
        blobs: Sequence[bytes] = (),
    ) -> Position:
        """Record events of the leased task, and the blobs that they name, in one transaction, all or none."""
        ...

    async def signal(self, task: TaskId, events: Sequence[Event], condition: AppendCondition | None = None) -> Position:
        """Record what people said (approve, reject, pause, resume, cancel); needs no lease and wakes the task.

        Raises `Conflict` when the task has ended: nothing brings it back.
        """
        ...

    async def read(
        self, task: TaskId, *, after: Position | None = None, types: frozenset[str] = frozenset()
    ) -> Sequence[Recorded]:
        """List a task's events in order, of these types only when any are named; raise `NotFound`."""
        ...

    async def query(self, query: Query, *, after: Position | None = None) -> Sequence[Recorded]:
        """List events of all tasks that match, in order."""
        ...

    async def summaries(self, selection: TaskFilter) -> Sequence[TaskSummary]:
        """List tasks; the cost does not grow with finished tasks beyond the limit."""
        ...
