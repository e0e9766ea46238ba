"""The tables on both databases, and the indexes that keep reads bounded."""

from pathlib import Path

import pytest
from sqlalchemy import Select, create_mock_engine
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.sql.ddl import ExecutableDDLElement
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.domain.task import TaskStatus
from tamma_core.ports.journal import Query, QueryItem, TaskFilter
from tamma_store import conditions, listing
from tamma_store.schema import metadata
from tamma_store.sqlite import connect, open_engine
from tamma_store.upgrade import upgrade

ISSUE = IssueRef("example", RepositoryRef("example", "owner/name"), "7")


def test_tables_can_be_made_on_postgresql() -> None:
    """Every table and index has a form in PostgreSQL, and no time is without its zone."""
    made: list[str] = []

    def note(sql: ExecutableDDLElement, *_: object, **__: object) -> None:
        made.append(str(sql.compile(dialect=engine.dialect)))

    engine: MockConnection = create_mock_engine("postgresql://", note)
    metadata.create_all(engine, checkfirst=False)
    sql = "\n".join(made)
    assert sql.count("CREATE TABLE") == len(metadata.tables)
    assert sql.count("TIMESTAMP WITH TIME ZONE") == sql.count("TIMESTAMP") == 7
    assert "position BIGSERIAL" in sql


def plan(tmp_path: Path, statement: Select[object]) -> str:
    """Ask SQLite how it would answer."""
    file = tmp_path / "tamma.db"
    session = connect(open_engine(file), file)
    upgrade(session)
    sql = statement.compile(dialect=session.connection.dialect, compile_kwargs={"literal_binds": True})
    rows = session.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
    session.close()
    return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize(
    "selection",
    [
        TaskFilter(),
        TaskFilter(issue=ISSUE),
        TaskFilter(statuses=frozenset(TaskStatus)),
        TaskFilter(repository="example:owner/name"),
        TaskFilter(repository="example:owner/name", statuses=frozenset({TaskStatus.QUEUED})),
    ],
    ids=["all", "issue", "status", "repository", "both"],
)
def test_lists_read_no_more_than_they_show(tmp_path: Path, selection: TaskFilter) -> None:
    """An index gives the tasks in order, so that the limit bounds what is read; one issue has few tasks to sort."""
    for statement in listing.statements(selection):
        steps = plan(tmp_path, statement)
        assert "INDEX task_" in steps
        assert "TEMP B-TREE" not in steps or selection.issue is not None


@pytest.mark.parametrize(
    ("item", "index"),
    [
        (QueryItem(tags=frozenset({"task:t1", "effect:x"}), types=frozenset({"effect_done"})), "tag=? AND position>?"),
        (QueryItem(types=frozenset({"effect_done"})), "event_type (type=? AND position>?"),
    ],
    ids=["tags", "types"],
)
def test_conditions_are_looked_up(tmp_path: Path, item: QueryItem, index: str) -> None:
    """A condition reads only what matches and came after its position."""
    statement = conditions.matching(Query((item,)), None)
    assert statement is not None
    steps = plan(tmp_path, statement)
    assert index in steps.replace("rowid>", "position>")
    assert "SCAN event" not in steps
