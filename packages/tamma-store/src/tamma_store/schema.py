"""The tables, the same on SQLite and PostgreSQL."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from tamma_core.domain.task import TaskStatus

from tamma_store.columns import AnyText, ExactDecimal, UtcTime

REVISION = "0004"
"""The migration that makes these tables; a file that stands there is opened without loading Alembic."""

ENDED = tuple(status.value for status in TaskStatus if status.ended)
# SQLite numbers rows by itself only where the type is INTEGER.
_Serial = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

task = Table(
    "task",
    metadata,
    Column("id", String, primary_key=True),
    Column("delivery", String, nullable=False, unique=True),
    Column("repository", String, nullable=False),
    Column("issue", String),
    Column("title", AnyText, nullable=False),
    Column("status", String, nullable=False),
    Column("step", String),
    Column("reason", AnyText, nullable=False),
    Column("cost_usd", ExactDecimal, nullable=False),
    Column("cost_known", Boolean, nullable=False),
    Column("plan_hash", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("owner", String),
    Column("lease_until", UtcTime),
    Column("wake_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)
_unfinished = task.c.status.not_in(ENDED)
# The rule is checked before each write; the index keeps it should a writer forget.
Index("task_unfinished_issue", task.c.issue, unique=True, sqlite_where=_unfinished, postgresql_where=_unfinished)
Index("task_newest", task.c.created_at, task.c.id)
Index("task_status_newest", task.c.status, task.c.created_at, task.c.id)
Index("task_repository_newest", task.c.repository, task.c.status, task.c.created_at, task.c.id)
Index("task_issue", task.c.issue)

event = Table(
    "event",
    metadata,
    Column("position", _Serial, primary_key=True),
    Column("task", String, ForeignKey(task.c.id), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("type", String, nullable=False),
    Column("data", Text, nullable=False),
)
Index("event_task", event.c.task, event.c.position)
Index("event_type", event.c.type, event.c.position)

event_tag = Table(
    "event_tag",
    metadata,
    Column("tag", String, primary_key=True),
    Column("position", _Serial, ForeignKey(event.c.position), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

log_line = Table(
    "log_line",
    metadata,
    Column("task", String, ForeignKey(task.c.id), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("level", String, nullable=False),
    Column("step", String, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

blob = Table(
    "blob",
    metadata,
    Column("ref", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

budget_scope = Table(
    "budget_scope",
    metadata,
    Column("name", String, primary_key=True),
    Column("usd", ExactDecimal, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("unpriced", Integer, nullable=False),
)

budget_reservation = Table(
    "budget_reservation",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("usd", ExactDecimal),
    Column("tokens", BigInteger, nullable=False),
    Column("settled", Boolean, nullable=False),
)

budget_share = Table(
    "budget_share",
    metadata,
    Column("reservation", _Serial, ForeignKey(budget_reservation.c.id), primary_key=True, autoincrement=False),
    Column("scope", String, ForeignKey(budget_scope.c.name), primary_key=True),
    sqlite_with_rowid=False,
)
