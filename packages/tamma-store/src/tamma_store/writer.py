"""One thread writes; what is asked for in one turn of the event loop, or while a commit waits for the disk, shares a commit."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
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
        self.done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.error: BaseException | None = None
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
            self.error = _caused(session.explain(error), error)
        except BaseException as error:  # noqa: BLE001 -- it belongs to the caller, who gets it
            session.undo()
            self.error = error
        else:
            self._answer.append(answer)

    def fail(self, error: TammaError) -> None:
        """Note that nothing was written, unless there is an error of its own."""
        self.error = self.error or error

    def tell(self) -> None:
        """Give the caller the answer or the error; one that was cancelled meanwhile asks for neither."""
        if self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self._answer[0])


class Writer:
    """Serialise the writes of one event loop and group their commits; other processes are kept out by the file's lock."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._asked: list[_Job[Any]] = []  # jobs of every answer type wait in one line
        self._batches: SimpleQueue[list[_Job[Any]] | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._serve, name="tamma-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Work[Answer]) -> Answer:
        """Do the work in a write transaction; return only after its commit is durable."""
        if self._closed:
            raise Unavailable(f"the store {self._session.file} is closed", hint="open it again")
        job = _Job(work)
        self._asked.append(job)
        if len(self._asked) == 1:
            self._loop.call_soon(self._hand_over)
        return await job.done

    async def aclose(self) -> None:
        """Write what was accepted, then close the connection. Idempotent."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._batches.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        """Pass on what was asked for in this turn of the loop."""
        asked, self._asked = self._asked, []
        if asked:
            self._batches.put(asked)

    def _serve(self) -> None:
        last = False
        while not last:
            found, last = self._next_batch()
            if batch := [job for job in found if not job.done.cancelled()]:
                self._write(batch)
                with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    self._loop.call_soon_threadsafe(_tell, batch)
        self._session.close()

    def _next_batch(self) -> tuple[list[_Job[Any]], bool]:
        """Wait for jobs, and take those that wait behind them; the flag says that no more will come."""
        batch: list[_Job[Any]] = []
        more = self._batches.get()
        while more is not None:
            batch += more
            if len(batch) >= MAX_BATCH:
                return batch, False
            try:
                more = self._batches.get_nowait()
            except Empty:
                return batch, False
        return batch, True

    def _write(self, batch: Sequence[_Job[Any]]) -> None:
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

    def _undone(self, batch: Sequence[_Job[Any]], culprit: _Job[Any]) -> None:
        for job in batch:
            job.fail(
                _caused(
                    Unavailable(f"the store {self._session.file} undid this write", hint="try again"), culprit.error
                )
            )


def _tell(batch: Sequence[_Job[Any]]) -> None:
    for job in batch:
        job.tell()


def _caused(error: TammaError, cause: BaseException | None) -> TammaError:
    error.__cause__ = cause
    return error
