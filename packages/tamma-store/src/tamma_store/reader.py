"""Reads on connections of their own: they block neither the loop nor the writer."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from tamma_core.domain.errors import Unavailable

from tamma_store.sqlite import Session, reading
from tamma_store.writer import Work

Answer = TypeVar("Answer")


class Reader:
    """Lend each read one of a few connections, and one snapshot of everything committed."""

    def __init__(self, sessions: list[Session]) -> None:
        self._free: SimpleQueue[Session] = SimpleQueue()
        for session in sessions:
            self._free.put(session)
        self._count = len(sessions)
        self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="tamma-reader")
        self._closed = False

    async def run(self, work: Work[Answer]) -> Answer:
        """Do the work on a snapshot."""
        if self._closed:
            raise Unavailable("the store is closed", hint="open it again")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    async def aclose(self) -> None:
        """Let running reads end, then close the connections. Idempotent."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)
        for _ in range(self._count):
            self._free.get().close()

    def _read(self, work: Work[Answer]) -> Answer:
        session = self._free.get()
        try:
            with reading(session) as connection:
                return work(connection)
        except (sqlite3.Error, DBAPIError) as error:
            raise session.explain(error) from error
        finally:
            self._free.put(session)
