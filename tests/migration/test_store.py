"""Files of other versions."""

import sqlite3
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from msgspec.structs import replace
from tamma_core.codec import to_json
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.events import TaskCreated
from tamma_core.domain.ids import TaskId
from tamma_core.domain.task import SetupNetwork
from tamma_core.ports.blobs import name_of
from tamma_core.ports.budget import Amount, Scope
from tamma_core.testing.example_tasks import example_step, example_task
from tamma_core.testing.manual_clock import ManualClock
from tamma_store.schema import REVISION, metadata
from tamma_store.sqlite import Session, connect, open_engine
from tamma_store.store import DATABASE, open_store
from tamma_store.upgrade import upgrade


def opened(directory: Path) -> Session:
    """Connect to a store's file without upgrading it."""
    directory.mkdir(exist_ok=True)
    return connect(open_engine(directory / DATABASE), directory / DATABASE)


def scripts() -> ScriptDirectory:
    """Find the migrations in the package."""
    config = Config()
    config.set_main_option("script_location", "tamma_store:migrations")
    return ScriptDirectory.from_config(config)


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    """What the migrations build is what the code describes."""
    session = opened(tmp_path / "data")
    upgrade(session)
    context = MigrationContext.configure(session.connection, opts={"compare_type": True})
    assert compare_metadata(context, metadata) == []
    session.close()


def test_the_revision_is_the_last_migration() -> None:
    """A file is opened without Alembic only if no migration is missing."""
    assert scripts().get_heads() == [REVISION]


def test_the_migrations_have_a_form_on_postgresql() -> None:
    """Each migration can be written as PostgreSQL's SQL, with positions that count by themselves."""
    written = StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written})
    with Operations.context(context):
        for script in reversed(list(scripts().walk_revisions())):
            script.module.upgrade()
    assert written.getvalue().count("CREATE TABLE") == len(metadata.tables)
    assert "position BIGSERIAL" in written.getvalue()


async def test_blobs_of_earlier_versions_stay_readable(tmp_path: Path) -> None:
    """Reports that were files before small blobs became rows are found where they are."""
    data = tmp_path / "data"
    old = opened(data)
    upgrade(old, to="0002")
    old.close()
    ref = name_of(b"report")
    (data / "blobs" / ref[:2]).mkdir(parents=True)
    (data / "blobs" / ref[:2] / ref).write_bytes(b"report")
    store = await open_store(data, clock=ManualClock(), mask=str)
    assert await store.blobs.get(ref) == b"report"
    await store.aclose()


async def test_an_older_file_is_upgraded(tmp_path: Path) -> None:
    """A file from before the budget keeps its tasks and leases, and gains the budget."""
    data = tmp_path / "data"
    old = opened(data)
    upgrade(old, to="0001")
    old.close()
    file = sqlite3.connect(data / DATABASE)
    assert file.execute("SELECT name FROM sqlite_master WHERE name LIKE 'budget%'").fetchall() == []
    file.execute(OLD_TASK)
    file.execute(OLD_EVENT)
    file.commit()
    file.close()
    store = await open_store(data, clock=ManualClock(), mask=str)
    lease = await store.journal.claim(TaskId("t1"), owner="worker", ttl_s=30)
    await store.journal.append(lease, [example_step()])
    await store.budget.reserve(
        [Scope(name="day", cap_usd=Decimal(1), cap_tokens=None)], Amount(usd=Decimal(1), tokens=1)
    )
    assert lease.epoch == 4
    assert [item.event.type for item in await store.journal.read(TaskId("t1"))] == ["task_paused", "step_started"]
    await store.aclose()


OLD_TASK = """INSERT INTO task VALUES ('t1', 'd1', 'example:owner/name', NULL, 'title', 'paused', NULL, 'paused by mona',
    '0.25', 1, '', 3, NULL, NULL, NULL, '2025-12-01 00:00:00.000000', '2025-12-01 00:00:00.000000')"""
OLD_EVENT = """INSERT INTO event VALUES (1, 't1', 3, '2025-12-01 00:00:00.000000', 'task_paused',
    '{"by": "mona", "type": "task_paused"}')"""


@pytest.mark.parametrize(("written", "read"), [(b"true", SetupNetwork.PROXY), (b"false", SetupNetwork.NONE)])
async def test_an_old_permission_is_the_proxy(tmp_path: Path, written: bytes, read: SetupNetwork) -> None:
    """A task that was permitted the network before there was a proxy goes on with less; its words stay as they are."""
    data = tmp_path / "data"
    said = 'the file has "setup_network":true'
    old = opened(data)
    upgrade(old, to="0003")
    old.close()
    created = to_json(TaskCreated(task=replace(example_task("t1"), text=said)))
    stored = created.replace(b'"setup_network":"none"', b'"setup_network":' + written).decode()
    assert stored != created.decode()
    file = sqlite3.connect(data / DATABASE)
    file.execute(OLD_TASK)
    file.execute("INSERT INTO event VALUES (1, 't1', 1, '2025-12-01 00:00:00.000000', 'task_created', ?)", [stored])
    file.commit()
    file.close()
    store = await open_store(data, clock=ManualClock(), mask=str)
    (recorded,) = await store.journal.read(TaskId("t1"))
    assert isinstance(recorded.event, TaskCreated)
    assert recorded.event.task.settings.setup_network is read
    assert recorded.event.task.text == said
    await store.aclose()


async def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """A file of a later version is refused with what to do, and not changed."""
    store = await open_store(tmp_path / "data", clock=ManualClock(), mask=str)
    await store.journal.submit(example_task("t1"))
    await store.aclose()
    session = opened(tmp_path / "data")
    session.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    session.close()
    before = (tmp_path / "data" / DATABASE).read_bytes()
    with pytest.raises(ConfigError, match="newer version") as caught:
        await open_store(tmp_path / "data", clock=ManualClock(), mask=str)
    assert "upgrade Tamma" in caught.value.hint
    assert (tmp_path / "data" / DATABASE).read_bytes() == before


def test_a_failed_upgrade_changes_nothing(tmp_path: Path) -> None:
    """When a migration cannot run, the file stays at the version it had."""
    session = opened(tmp_path / "data")
    upgrade(session, to="0001")
    session.connection.exec_driver_sql("CREATE TABLE budget_share (in_the_way TEXT)")
    with pytest.raises(Exception, match="budget_share"):
        upgrade(session)
    tables = {row[0] for row in session.connection.exec_driver_sql("SELECT name FROM sqlite_master")}
    assert "budget_scope" not in tables
    assert session.connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0001"
    session.close()
