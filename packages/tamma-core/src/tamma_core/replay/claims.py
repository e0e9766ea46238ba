"""The record of a task, claim by claim."""

from collections.abc import Sequence

from tamma_core.domain.errors import NotFound
from tamma_core.domain.events import (
    Approved,
    Event,
    Recorded,
    Rejected,
    TaskCancelled,
    TaskCreated,
    TaskPaused,
    TaskResumed,
    TrafficRecorded,
)
from tamma_core.domain.ids import TaskId
from tamma_core.domain.record import Record
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.journal import Journal
from tamma_core.record.batch import Batch, read_batch

_READ_BY_THE_ENGINE = frozenset({"flag", "issue"})


class Claim(Record, frozen=True, kw_only=True):
    """Hold what one claim of a task heard; its events are in the story."""

    epoch: int
    batches: tuple[Batch, ...]


class Story(Record, frozen=True, kw_only=True):
    """Hold what happened to a task, and what was heard meanwhile."""

    task: TaskId
    events: tuple[Recorded, ...]
    claims: tuple[Claim, ...]


def may_be_a_persons(event: Event) -> bool:
    """Tell whether an event may have been signalled by somebody outside the claim."""
    if isinstance(event, Approved | Rejected):
        return event.via not in _READ_BY_THE_ENGINE
    return isinstance(event, TaskCancelled | TaskPaused | TaskResumed)


async def read_story(journal: Journal, blobs: Blobs, task: TaskId) -> Story:
    """Read a task's record; raise `NotFound` when it has none from its beginning, `Defect` when it is damaged."""
    found = await journal.read(task)
    epochs: dict[int, list[Batch]] = {}
    for item in found:
        if not isinstance(item.event, TaskCreated) and not may_be_a_persons(item.event):
            batches = epochs.setdefault(item.epoch, [])
            if isinstance(item.event, TrafficRecorded):
                data = await blobs.get(item.event.record)
                batches.append(read_batch(data, task=task, epoch=item.epoch, number=len(batches)))
    _check(task, found, epochs)
    claims = tuple(Claim(epoch=epoch, batches=tuple(batches)) for epoch, batches in sorted(epochs.items()))
    events = tuple(item for item in found if not isinstance(item.event, TrafficRecorded))
    return Story(task=task, events=events, claims=claims)


def _check(task: TaskId, found: Sequence[Recorded], epochs: dict[int, list[Batch]]) -> None:
    if not epochs:
        hint = "it has not run yet: `tamma resume`" if len(found) == 1 else "look at it with `tamma tasks show`"
        raise NotFound(f"task {task} has nothing to be replayed", hint=hint)
    if not epochs[min(epochs)]:
        raise NotFound(
            f"task {task} has no record of what the forge and the model said",
            hint="it was begun by a Tamma that did not keep one yet; tasks begun from now on have it",
        )
