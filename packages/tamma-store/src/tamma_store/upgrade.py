"""Bring a store's tables to this version, together with whoever else opens it now."""

import sqlite3

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from tamma_core.domain.errors import ConfigError

from tamma_store.schema import REVISION
from tamma_store.sqlite import Session, writing


def upgrade(session: Session, to: str = REVISION) -> None:
    """Run the missing migrations in one transaction; raise `ConfigError` for the file of a newer version."""
    try:
        if _revision(session.connection) == to:
            return
        with writing(session) as connection:
            migrate(connection, to, place=str(session.file))
    except (sqlite3.Error, DBAPIError) as error:
        raise session.explain(error) from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: Connection, to: str = REVISION, *, place: str) -> None:
    """Run the missing migrations in the connection's transaction, on any database; `place` is its name in errors."""
    found = _revision(connection)  # of now: another process may have been first
    if found == to:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "tamma_store:migrations")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise ConfigError(
            f"the store {place} was written by a newer version of Tamma (schema {found}, known up to {REVISION})",
            hint="upgrade Tamma, or name another data directory",
        )
    command.upgrade(config, to)
