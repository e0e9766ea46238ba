"""Name the network of a task's set-up, where earlier versions wrote a permission."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_EVENT = sa.table("event", sa.column("type", sa.String), sa.column("data", sa.Text))
_WRITTEN = {"true": "proxy", "false": "none"}
"""A permission of before becomes the proxy, which is less than it was."""


def upgrade() -> None:
    """Rewrite the snapshots of tasks; within a text of somebody's, the quotes would be escaped."""
    for permitted, network in _WRITTEN.items():
        rewritten = sa.func.replace(
            _EVENT.c.data, sa.literal(f'"setup_network":{permitted}'), sa.literal(f'"setup_network":"{network}"')
        )
        op.execute(_EVENT.update().where(_EVENT.c.type == "task_created").values(data=rewritten))
