"""Make the tables of tasks, events and log lines."""

import sqlalchemy as sa
from alembic import op

from tamma_store.columns import ExactDecimal, UtcTime

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNFINISHED = sa.text("(status NOT IN ('completed', 'failed', 'cancelled'))")


def upgrade() -> None:
    """Make the tables of tasks, events and log lines."""
    op.create_table(
        "task",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("repository", sa.String(), nullable=False),
        sa.Column("issue", sa.String(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cost_usd", ExactDecimal(), nullable=False),
        sa.Column("cost_known", sa.Boolean(), nullable=False),
        sa.Column("plan_hash", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("wake_at", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("delivery", name="uq_task_delivery"),
    )
    op.create_index("task_issue", "task", ["issue"], unique=False)
    op.create_index("task_newest", "task", ["created_at", "id"], unique=False)
    op.create_index("task_repository_newest", "task", ["repository", "status", "created_at", "id"], unique=False)
    op.create_index("task_status_newest", "task", ["status", "created_at", "id"], unique=False)
    op.create_index(
        "task_unfinished_issue", "task", ["issue"], unique=True, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )
    op.create_table(
        "event",
        sa.Column("position", SERIAL, nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["task.id"], name="fk_event_task"),
        sa.PrimaryKeyConstraint("position", name="pk_event"),
    )
    op.create_index("event_task", "event", ["task", "position"], unique=False)
    op.create_index("event_type", "event", ["type", "position"], unique=False)
    op.create_table(
        "event_tag",
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("position", SERIAL, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["position"], ["event.position"], name="fk_event_tag_position"),
        sa.PrimaryKeyConstraint("tag", "position", name="pk_event_tag"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_line",
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["task.id"], name="fk_log_line_task"),
        sa.PrimaryKeyConstraint("task", "seq", name="pk_log_line"),
        sqlite_with_rowid=False,
    )
