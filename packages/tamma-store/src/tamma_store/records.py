"""Events as rows, and back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.sql import Select
from tamma_core.codec import from_json, to_json
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import Event, Recorded, tags
from tamma_core.domain.ids import Position, TaskId

from tamma_store.schema import event, event_tag

SELECT_EVENTS: Select[tuple[int, str, int, datetime, str, str]] = select(
    event.c.position, event.c.task, event.c.epoch, event.c.at, event.c.type, event.c.data
)


def write(connection: Connection, task: TaskId, epoch: int, at: datetime, events: Sequence[Event]) -> Position | None:
    """Insert events with their tags and answer the position of the last one."""
    position: int | None = None
    for item in events:
        data = to_json(item).decode()
        row = {"task": task, "epoch": epoch, "at": at, "type": item.type, "data": data}
        key = connection.execute(insert(event), row).inserted_primary_key
        if key is None:
            raise Defect(f"the store gave an event of task {task} no position")
        position = key[0]
        connection.execute(insert(event_tag), [{"tag": tag, "position": position} for tag in set(tags(task, item))])
    return None if position is None else Position(str(position))


def decode(row: Row[Any]) -> Recorded:
    """Read a row; raise `Defect` naming an event that this version does not know."""
    return Recorded(
        position=Position(str(row.position)),
        task=TaskId(row.task),
        epoch=row.epoch,
        at=row.at,
        event=from_json(Event, row.data),
    )
