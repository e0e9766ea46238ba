"""Make the table of the small blobs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table of the small blobs; those of earlier versions stay in their files, where they are found."""
    op.create_table(
        "blob",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_blob"),
    )
