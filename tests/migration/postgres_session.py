"""The store's statements on PostgreSQL: its connection in the place of SQLite's, everything else is the store's own."""

import sqlite3
from pathlib import Path
from typing import cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from tamma_core.domain.errors import Defect
from tamma_store.sqlite import Session


class Server:
    """Offer what the store asks of SQLite's connection itself: to run a word, and to tell a transaction."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    @property
    def in_transaction(self) -> bool:
        return self._connection.info.transaction_status is not TransactionStatus.IDLE

    def execute(self, word: str) -> None:
        self._connection.execute(word.removesuffix(" IMMEDIATE").encode())


class PostgresSession(Session):
    """Own one connection, and begin and end its transactions."""

    def __init__(self, engine: Engine) -> None:
        self.file = Path(str(engine.url.database))
        self.connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        self._raw = cast(sqlite3.Connection, Server(raw))

    def begin_read(self) -> None:
        self._raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def explain(self, error: BaseException) -> Defect:
        origin = error.orig if isinstance(error, DBAPIError) else error
        return Defect(f"the store {self.file} refused a statement: {origin}", hint="report this; nothing was written")
