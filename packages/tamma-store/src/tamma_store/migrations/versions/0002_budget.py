"""Make the tables of the budget."""

import sqlalchemy as sa
from alembic import op

from tamma_store.columns import ExactDecimal, UtcTime

revision = "0002"
down_revision = "0001"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of the budget."""
    op.create_table(
        "budget_reservation",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("usd", ExactDecimal(), nullable=True),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budget_reservation"),
    )
    op.create_table(
        "budget_scope",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("usd", ExactDecimal(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_budget_scope"),
    )
    op.create_table(
        "budget_share",
        sa.Column("reservation", SERIAL, autoincrement=False, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reservation"], ["budget_reservation.id"], name="fk_budget_share_reservation"),
        sa.ForeignKeyConstraint(["scope"], ["budget_scope.name"], name="fk_budget_share_scope"),
        sa.PrimaryKeyConstraint("reservation", "scope", name="pk_budget_share"),
        sqlite_with_rowid=False,
    )
