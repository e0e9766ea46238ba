"""Lists of tasks, each read bounded by its limit however many tasks have ended."""

from typing import Any

from sqlalchemy import Connection, Row, Select, select
from tamma_core.domain.task import TaskStatus
from tamma_core.ports.journal import TaskFilter, TaskSummary

from tamma_store.schema import task
from tamma_store.tasks import summary


def newest(connection: Connection, selection: TaskFilter) -> list[TaskSummary]:
    """Read the newest tasks that match."""
    rows: list[Row[Any]] = [row for part in statements(selection) for row in connection.execute(part)]
    rows.sort(key=lambda row: (row.created_at, row.id), reverse=True)
    return [summary(row) for row in rows[: selection.limit]]


def statements(selection: TaskFilter) -> list[Select[Any]]:
    """Ask for each status alone, so that an index answers it in order and the limit bounds the work."""
    statement = select(task).order_by(task.c.created_at.desc(), task.c.id.desc()).limit(selection.limit)
    statuses = selection.statuses
    if selection.issue is not None:
        statement = statement.where(task.c.issue == str(selection.issue))
    if selection.repository is not None:
        statement = statement.where(task.c.repository == selection.repository)
        statuses = statuses or frozenset(TaskStatus)
    return [statement.where(task.c.status == status.value) for status in sorted(statuses)] or [statement]
