"""Find the task that a person means."""

from collections.abc import Sequence

from tamma_core.domain.errors import InvalidInput, NotFound
from tamma_core.domain.ids import TaskId
from tamma_core.domain.task import TaskStatus
from tamma_core.ports.journal import Journal, TaskFilter, TaskSummary

SHORTEST = 4
LOOKED_AT = 1000
UNFINISHED = frozenset(status for status in TaskStatus if not status.ended)


async def find_task(journal: Journal, name: str) -> TaskId:
    """Answer the task with this id, or the only one whose id begins or ends with it."""
    wanted = name.strip().upper()
    found = [
        row.id
        for row in await journal.summaries(TaskFilter(limit=LOOKED_AT))
        if row.id == name or (len(wanted) >= SHORTEST and (row.id.startswith(wanted) or row.id.endswith(wanted)))
    ]
    if name in found:
        return TaskId(name)
    if not found:
        raise NotFound(f"there is no task `{name}`", hint="`tamma tasks list` shows all tasks")
    if len(found) > 1:
        raise InvalidInput(f"`{name}` may mean {len(found)} tasks", hint="give more of the id: `tamma tasks list`")
    return found[0]


async def only_unfinished(journal: Journal) -> TaskId:
    """Answer the one task that is not finished; raise `InvalidInput` when there is none or more than one."""
    rows: Sequence[TaskSummary] = await journal.summaries(TaskFilter(statuses=UNFINISHED))
    if not rows:
        raise InvalidInput("there is no unfinished task", hint="`tamma run` begins one")
    if len(rows) > 1:
        listed = ", ".join(row.id for row in rows[:5])
        raise InvalidInput(f"{len(rows)} tasks are unfinished: {listed}", hint="name one: `tamma resume TASK`")
    return rows[0].id
