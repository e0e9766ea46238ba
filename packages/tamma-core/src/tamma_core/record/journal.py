"""A journal that takes the record of each claim along with the events of the claim."""

from collections.abc import Sequence
from datetime import datetime

from tamma_core.domain.events import Event, TrafficRecorded
from tamma_core.domain.ids import Position, TaskId
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.blobs import Blobs, name_of
from tamma_core.ports.journal import AppendCondition, Journal, Lease
from tamma_core.ports.tape import roll, rolling
from tamma_core.record.batch import write_batch
from tamma_core.record.recording import Recording


class RecordingJournal:
    """Begin a record with each claim; what a claim heard after its last append did nothing, and is forgotten."""

    def __init__(self, journal: Journal, blobs: Blobs, redactor: Redactor) -> None:
        self._journal = journal
        self._blobs = blobs
        self._redactor = redactor
        self.submit = journal.submit
        self.renew = journal.renew
        self.signal = journal.signal
        self.read = journal.read
        self.query = journal.query
        self.summaries = journal.summaries

    async def claim(self, task: TaskId, *, owner: str, ttl_s: float) -> Lease:
        """Take the task, and hear from now on what it asks."""
        lease = await self._journal.claim(task, owner=owner, ttl_s=ttl_s)
        roll(Recording(task, lease.epoch, self._blobs, self._redactor))
        return lease

    async def release(self, lease: Lease, *, wake_at: datetime | None = None) -> None:
        """Give the task back, and hear no more."""
        roll(None)
        await self._journal.release(lease, wake_at=wake_at)

    async def append(
        self,
        lease: Lease,
        events: Sequence[Event],
        condition: AppendCondition | None = None,
        *,
        blobs: Sequence[bytes] = (),
    ) -> Position:
        """Record events, and in the same transaction what was heard before them."""
        tape = rolling()
        if not isinstance(tape, Recording) or not (batch := tape.take()):
            return await self._journal.append(lease, events, condition, blobs=blobs)
        data = write_batch(batch)
        heard = TrafficRecorded(record=name_of(data))
        try:
            return await self._journal.append(lease, [heard, *events], condition, blobs=[data, *blobs])
        except BaseException:
            tape.put_back(batch)
            raise
