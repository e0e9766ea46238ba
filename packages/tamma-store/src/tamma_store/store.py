"""One data directory: the database file and the blobs beside it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tamma_core.domain.errors import ConfigError
from tamma_core.domain.record import Record
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.budget import Budget
from tamma_core.ports.clock import Clock
from tamma_core.ports.journal import Journal
from tamma_core.ports.task_log import TaskLog

from tamma_store.blob_files import FileBlobs
from tamma_store.blobs import SqlBlobs
from tamma_store.budget import SqlBudget
from tamma_store.journal import SqlJournal
from tamma_store.reader import Reader
from tamma_store.sqlite import Session, connect, open_engine
from tamma_store.task_log import SqlTaskLog
from tamma_store.upgrade import upgrade
from tamma_store.writer import Writer

DATABASE = "tamma.db"
_READERS = 2


class Store(Record, frozen=True):
    """Hold everything that is kept in one data directory."""

    journal: Journal
    log: TaskLog
    blobs: Blobs
    budget: Budget
    _reader: Reader
    _writer: Writer

    async def aclose(self) -> None:
        """Write what was accepted and let the files go. Idempotent."""
        await self._reader.aclose()
        await self._writer.aclose()


async def open_store(path: Path, *, clock: Clock, mask: Callable[[str], str]) -> Store:
    """Open a data directory, making or upgrading it; raise `ConfigError` when it cannot be used.

    `mask` takes the secrets out of log lines before they are stored.
    """
    write, *read = await asyncio.to_thread(_open, path)
    writer, reader = Writer(write), Reader(read)
    blobs = SqlBlobs(FileBlobs(path / "blobs"), writer, reader)
    return Store(
        journal=SqlJournal(writer, reader, clock, blobs),
        log=SqlTaskLog(writer, reader, clock, mask),
        blobs=blobs,
        budget=SqlBudget(writer, reader, clock),
        _reader=reader,
        _writer=writer,
    )


def _open(path: Path) -> list[Session]:
    """Prepare the directory and answer the writing connection, then those that read."""
    file = path / DATABASE
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = open_engine(file)
    except OSError as error:
        raise ConfigError(
            f"the data directory {path} cannot be used: {error.strerror}",
            hint="name a directory that this user may write to",
        ) from error
    writer = connect(engine, file)
    try:
        upgrade(writer)
    except BaseException:
        writer.close()
        raise
    return [writer, *(connect(engine, file, read_only=True) for _ in range(_READERS))]
