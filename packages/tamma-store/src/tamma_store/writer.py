"""One thread writes; what arrives while a commit waits for the disk shares the next one."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from tamma_core.domain.errors import TammaError, Unavailable

from tamma_store.sqlite import Session

Answer = TypeVar("Answer")
Work = Callable[[Connection], Answer]
MAX_BATCH = 256


class _Job(Generic[Answer]):
    """Hold one caller's work until the commit that carries it."""

    def __init__(self, work: Work[Answer]) -> None:
        self.done: Future[Answer] = Future()
        self._work = work
        self._answer: list[Answer] = []

    def attempt(self, session: Session) -> None:
        """Do the work behind a savepoint, so that a failure undoes only itself."""
        try:
            session.savepoint()
            answer = self._work(session.connection)
            session.keep()
        except (sqlite3.Error, DBAPIError) as error:
            session.undo()
            self.done.set_exception(_caused(session.explain(error), error))
        except BaseException as error:  # noqa: BLE001 -- it belongs to the caller, who gets it
            session.undo()
            self.done.set_exception(error)
        else:
            self._answer.append(answer)

    def acknowledge(self) -> None:
        """Give the caller the answer, if there was one."""
        if not self.done.done():
            self.done.set_result(self._answer[0])

    def fail(self, error: TammaError) -> None:
        """Tell the caller that nothing was written, unless it knows already."""
        if not self.done.done():
            self.done.set_exception(error)


class Writer:
    """Serialise the writes of this process and group their commits; others are kept out by the file's lock."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs: SimpleQueue[_Job[Any] | None] = SimpleQueue()  # jobs of every answer type wait in one line
        self._closed = False
        self._thread = Thread(target=self._serve, name="tamma-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Work[Answer]) -> Answer:
        """Do the work in a write transaction; return only after its commit is durable."""
        if self._closed:
            raise Unavailable(f"the store {self._session.file} is closed", hint="open it again")
        job = _Job(work)
        self._jobs.put(job)
        return await asyncio.wrap_future(job.done)

    async def aclose(self) -> None:
        """Write what was accepted, then close the connection. Idempotent."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _serve(self) -> None:
        last = False
        while not last:
            batch, last = self._next_batch()
            if batch:
                self._write(batch)
        self._session.close()

    def _next_batch(self) -> tuple[list[_Job[Any]], bool]:
        """Wait for a job, and take those that wait behind it; the flag says that no more will come."""
        batch: list[_Job[Any]] = []
        job = self._jobs.get()
        while job is not None:
            if job.done.set_running_or_notify_cancel():
                batch.append(job)
            if len(batch) >= MAX_BATCH:
                return batch, False
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return batch, False
        return batch, True

    def _write(self, batch: list[_Job[Any]]) -> None:
        session = self._session
        try:
            session.begin_write()
            for job in batch:
                job.attempt(session)
                # A full disk can end the whole transaction: then the neighbours are undone too.
                if not session.in_transaction:
                    return self._undone(batch, job)
            session.commit()
        except sqlite3.Error as error:
            session.rollback()
            for job in batch:
                job.fail(_caused(session.explain(error), error))
        else:
            for job in batch:
                job.acknowledge()

    def _undone(self, batch: list[_Job[Any]], culprit: _Job[Any]) -> None:
        cause = culprit.done.exception()
        for job in batch:
            job.fail(_caused(Unavailable(f"the store {self._session.file} undid this write", hint="try again"), cause))


def _caused(error: TammaError, cause: BaseException | None) -> TammaError:
    error.__cause__ = cause
    return error
