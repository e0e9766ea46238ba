"""Everything that only SQLite understands: connections, pragmas, transactions."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError
from tamma_core.domain.errors import Defect, TammaError

from tamma_store.errors import from_sqlite

BUSY_TIMEOUT_S = 10.0
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # an acknowledged commit survives a power loss
    "foreign_keys=ON",
    "cache_size=-8000",
)


class Session:
    """Own one connection; SQLAlchemy writes the statements, this class begins and ends the transactions.

    SQLAlchemy sees autocommit, since its own begin would be DEFERRED and fails when it must become a writer.
    """

    def __init__(self, engine: Engine, file: Path) -> None:
        self.file = file
        self.connection: Connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)  # noqa: S101 -- tells the type checker what the URL says
        self._raw = raw

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open; some errors end it by themselves."""
        return self._raw.in_transaction

    def begin_write(self) -> None:
        """Take the write lock now, waiting for other processes up to the busy timeout."""
        self._raw.execute("BEGIN IMMEDIATE")

    def begin_read(self) -> None:
        """Fix the snapshot that the following reads see."""
        self._raw.execute("BEGIN")

    def commit(self) -> None:
        """Make it durable; return after the disk has it."""
        self._raw.execute("COMMIT")

    def rollback(self) -> None:
        """Undo what is open, if anything is."""
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    def savepoint(self) -> None:
        """Mark where `undo` goes back to."""
        self._raw.execute("SAVEPOINT one")

    def keep(self) -> None:
        """Forget the mark and keep what was written since."""
        self._raw.execute("RELEASE one")

    def undo(self) -> None:
        """Go back to the mark; the transaction stays open unless the error ended it."""
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK TO one")
            self._raw.execute("RELEASE one")

    def explain(self, error: sqlite3.Error | DBAPIError) -> TammaError:
        """Say what an error of this connection asks of the caller."""
        origin = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(origin, sqlite3.Error):
            return from_sqlite(origin, self.file)
        return Defect(f"the store {self.file} failed: {error}", hint="report this")

    def close(self) -> None:
        """Undo what is open and let the file go."""
        self.connection.close()


@contextmanager
def writing(session: Session) -> Iterator[Connection]:
    """Run a block in one write transaction."""
    session.begin_write()
    try:
        yield session.connection
        session.commit()
    finally:
        session.rollback()


@contextmanager
def reading(session: Session) -> Iterator[Connection]:
    """Run a block on one snapshot."""
    session.begin_read()
    try:
        yield session.connection
    finally:
        session.rollback()


def open_engine(file: Path) -> Engine:
    """Make the file readable for its owner only, and an engine for it."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    return create_engine(
        URL.create("sqlite", database=str(file)),
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_S},
    )


def connect(engine: Engine, file: Path, *, read_only: bool = False) -> Session:
    """Open a connection with the settings that durability rests on."""
    session = Session(engine, file)
    try:
        for pragma in (*_PRAGMAS, *(("query_only=ON",) if read_only else ())):
            session.connection.exec_driver_sql(f"PRAGMA {pragma}")
    except DBAPIError as error:
        session.close()
        raise session.explain(error) from error
    return session
