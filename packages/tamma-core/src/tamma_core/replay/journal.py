"""A journal that knows the future: it lets through what was appended then, and stops at anything else."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tamma_core.codec import to_json
from tamma_core.domain.errors import ConditionFailed, Defect
from tamma_core.domain.events import Event, Recorded, tags
from tamma_core.domain.ids import Position, TaskId
from tamma_core.domain.task import Task
from tamma_core.ports.journal import AppendCondition, Lease, Query, TaskFilter, TaskSummary
from tamma_core.ports.tape import Tape, roll
from tamma_core.record.playing import RanOut
from tamma_core.replay.blobs import OverlaidBlobs
from tamma_core.replay.claims import may_be_a_persons

_LEASE_UNTIL = datetime.max.replace(tzinfo=UTC)


class ReplayJournal:
    """Hold the events of a story up to the present one."""

    def __init__(self, events: Sequence[Recorded], blobs: OverlaidBlobs) -> None:
        self._events = events
        self._blobs = blobs
        self._seen = 1
        self._epoch = 0
        self._tape: Tape | None = None

    @property
    def past(self) -> Sequence[Recorded]:
        """List what has happened."""
        return self._events[: self._seen]

    @property
    def next(self) -> Recorded | None:
        """Answer what happens next."""
        return self._events[self._seen] if self._seen < len(self._events) else None

    def begin(self, epoch: int, tape: Tape) -> None:
        """Come to a claim: what people said before it has been said."""
        self._epoch = epoch
        self._tape = tape
        self.let_speak(before=epoch)

    def let_speak(self, *, before: int) -> None:
        """Let happen what people said while no later claim than this worked."""
        while (item := self.next) is not None and item.epoch < before and may_be_a_persons(item.event):
            self._seen += 1

    async def submit(self, task: Task) -> TaskId:
        """Refuse: a replay begins no task."""
        raise Defect(f"a replay begins no task, not {task.id}")

    async def claim(self, task: TaskId, *, owner: str, ttl_s: float) -> Lease:  # noqa: ARG002 - nobody else is here
        """Answer the lease of the present claim, and play its tape."""
        roll(self._tape)
        return Lease(task=task, epoch=self._epoch, owner=owner, expires_at=_LEASE_UNTIL)

    async def renew(self, lease: Lease, *, ttl_s: float) -> Lease:  # noqa: ARG002 - as above
        """Answer the lease."""
        return lease

    async def release(self, lease: Lease, *, wake_at: datetime | None = None) -> None:  # noqa: ARG002 - as above
        """Play no more."""
        roll(None)

    async def append(
        self,
        lease: Lease,
        events: Sequence[Event],
        condition: AppendCondition | None = None,
        *,
        blobs: Sequence[bytes] = (),
    ) -> Position:
        """Go on past events that are the recorded ones; raise `Differs` for others, `RanOut` past the claim's last."""
        self._blobs.add(blobs)
        for event in events:
            await self._pass(event, lease, condition)
        return self._events[self._seen - 1].position

    async def signal(self, task: TaskId, events: Sequence[Event], condition: AppendCondition | None = None) -> Position:
        """Refuse: nobody speaks in a replay."""
        raise Defect(f"nobody speaks in the replay of task {task}: {len(events)} events, {condition}")

    async def read(
        self, task: TaskId, *, after: Position | None = None, types: frozenset[str] = frozenset()
    ) -> Sequence[Recorded]:
        """List what has happened to the task."""
        return [item for item in self._since(after) if item.task == task and (not types or item.event.type in types)]

    async def query(self, query: Query, *, after: Position | None = None) -> Sequence[Recorded]:
        """List what has happened and matches."""
        return [item for item in self._since(after) if _matches(item, query)]

    async def summaries(self, selection: TaskFilter) -> Sequence[TaskSummary]:
        """Refuse: no step of a task lists tasks."""
        raise Defect(f"a replay lists no tasks: {selection}")

    def _since(self, after: Position | None) -> Sequence[Recorded]:
        if after is None:
            return self.past
        known = [item.position for item in self.past]
        return self.past[known.index(after) + 1 :]

    async def _pass(self, event: Event, lease: Lease, condition: AppendCondition | None) -> None:
        came = to_json(event).decode()
        while (item := self.next) is not None and item.epoch == lease.epoch:
            expected = to_json(item.event).decode()
            if expected == came:
                self._seen += 1
                return
            if not may_be_a_persons(item.event):
                raise await self._blobs.differs(event.type, expected=item.event, came=event)
            self._seen += 1
            if condition is not None and _matches(item, condition.fail_if):
                raise ConditionFailed(f"task {lease.task} was stopped by a person")
        raise RanOut(event.type, came)


def _matches(item: Recorded, query: Query) -> bool:
    """Tell whether an event matches; its own tags are those that the store gave it."""
    own = frozenset(tags(item.task, item.event))
    return any((not one.types or item.event.type in one.types) and one.tags <= own for one in query.items)
