"""What is written down between two appends to the journal."""

from tamma_core.codec import from_json, to_json
from tamma_core.domain.errors import Defect
from tamma_core.domain.ids import BlobRef, TaskId
from tamma_core.domain.record import Record
from tamma_core.domain.sent import Sent
from tamma_core.record.failure import Failure


class Exchange(Record, frozen=True, kw_only=True):
    """A question to the world, and its answer: as JSON, as the blob that holds it, or as a failure."""

    what: str
    asked: Sent
    answer: str = ""
    blob: BlobRef | None = None
    failed: Failure | None = None


class Batch(Record, frozen=True, kw_only=True):
    """Hold what one claim heard since its last batch; readings are pairs of a name and a value as JSON."""

    task: TaskId
    epoch: int
    number: int
    exchanges: tuple[Exchange, ...]
    readings: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.exchanges or self.readings)


def write_batch(batch: Batch) -> bytes:
    """Write a batch as it is kept."""
    return to_json(batch)


def read_batch(data: bytes | str, *, task: TaskId, epoch: int, number: int) -> Batch:
    """Read a batch; raise `Defect` when it is not the one of this claim and number."""
    batch: Batch = from_json(Batch, data)
    if (batch.task, batch.epoch, batch.number) != (task, epoch, number):
        raise Defect(
            f"the record of task {task} was changed: batch {number} of claim {epoch} is another one",
            hint="restore the store from a backup",
        )
    return batch
