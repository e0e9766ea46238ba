"""The same tables and statements on a real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from migration.postgres_session import PostgresSession
from msgspec.structs import replace
from services.postgresql import PostgreSQL
from sqlalchemy import Engine, NullPool, create_engine, inspect
from tamma_core.domain.events import TaskPaused
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.budget import Budget
from tamma_core.ports.journal import Journal, TaskFilter
from tamma_core.ports.task_log import TaskLog
from tamma_core.testing.budget_contract import BudgetContract
from tamma_core.testing.example_tasks import example_task
from tamma_core.testing.journal_contract import JournalContract
from tamma_core.testing.manual_clock import ManualClock
from tamma_core.testing.task_log_contract import TaskLogContract
from tamma_store.blob_files import FileBlobs
from tamma_store.blobs import SqlBlobs
from tamma_store.budget import SqlBudget
from tamma_store.journal import SqlJournal
from tamma_store.reader import Reader
from tamma_store.schema import metadata
from tamma_store.task_log import SqlTaskLog
from tamma_store.upgrade import migrate
from tamma_store.writer import Writer

Parts = tuple[Writer, Reader]


@pytest.fixture
def engine(postgresql: PostgreSQL) -> Iterator[Engine]:
    """Make an empty database."""
    made = create_engine(postgresql.new_database(), poolclass=NullPool)
    yield made
    made.dispose()


@pytest.fixture
async def parts(engine: Engine) -> AsyncIterator[Parts]:
    """Migrate a database, and run the store's own writer and reader on it."""
    with engine.begin() as connection:
        migrate(connection, place="the test's database")
    writer, reader = Writer(PostgresSession(engine)), Reader([PostgresSession(engine), PostgresSession(engine)])
    yield writer, reader
    await reader.aclose()
    await writer.aclose()


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that goes when it is told to."""
    return ManualClock()


def test_the_migrations_make_the_tables_on_postgresql(engine: Engine) -> None:
    """What the migrations build there is what the code describes, and a second run finds nothing to do."""
    for _ in range(2):
        with engine.begin() as connection:
            migrate(connection, place="the test's database")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}


@pytest.fixture
def kept(parts: Parts, tmp_path: Path) -> SqlBlobs:
    """Keep small blobs in the database."""
    writer, reader = parts
    return SqlBlobs(FileBlobs(tmp_path / "blobs"), writer, reader)


async def test_text_that_people_wrote_is_taken(parts: Parts, clock: ManualClock, kept: SqlBlobs) -> None:
    """PostgreSQL's text holds no zero byte, and an issue may."""
    journal = SqlJournal(*parts, clock, kept)
    task = await journal.submit(replace(example_task("t1"), issue=None, text="Totals\0 are wrong"))
    lease = await journal.claim(task, owner="worker", ttl_s=30)
    await journal.append(lease, [TaskPaused(by="mo\0na")])
    (summary,) = await journal.summaries(TaskFilter())
    assert (summary.title, summary.reason) == ("Totals\ufffd are wrong", "paused by mo\ufffdna")


class TestJournalOnPostgres(JournalContract):
    @pytest.fixture
    async def journal(self, parts: Parts, clock: ManualClock, kept: SqlBlobs) -> Journal:
        self.clock = clock
        return SqlJournal(*parts, clock, kept)

    @pytest.fixture
    async def blobs(self, kept: SqlBlobs) -> Blobs:
        return kept

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)


class TestTaskLogOnPostgres(TaskLogContract):
    @pytest.fixture
    async def journal(self, parts: Parts, clock: ManualClock, kept: SqlBlobs) -> Journal:
        return SqlJournal(*parts, clock, kept)

    @pytest.fixture
    async def log(self, parts: Parts, clock: ManualClock) -> TaskLog:
        return SqlTaskLog(*parts, clock, lambda text: text.replace("not-for-your-eyes", "***"))


class TestBudgetOnPostgres(BudgetContract):
    @pytest.fixture
    async def budget(self, parts: Parts, clock: ManualClock) -> Budget:
        return SqlBudget(*parts, clock)
