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
            found = _revision(connection)  # asked again: another process may have been first
            if found != to:
                _migrate(connection, found, to, str(session.file))
    except (sqlite3.Error, DBAPIError) as error:
        raise session.explain(error) from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection, found: str | None, to: str, file: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "tamma_store:migrations")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise ConfigError(
            f"the store {file} was written by a newer version of Tamma (schema {found}, known up to {REVISION})",
            hint="upgrade Tamma, or name another data directory",
        )
    command.upgrade(config, to)
