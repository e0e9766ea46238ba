"""The lines that those who watch a task see."""

from collections.abc import AsyncIterator, Callable
from functools import partial

from sqlalchemy import Connection, bindparam, func, insert, select
from tamma_core.domain.ids import TaskId
from tamma_core.ports.clock import Clock
from tamma_core.ports.task_log import Level, LogLine

from tamma_store import tasks
from tamma_store.reader import Reader
from tamma_store.schema import ENDED, log_line
from tamma_store.writer import Writer

_PAGE = 500
_POLL_S = 0.2
_LAST = select(func.max(log_line.c.seq)).where(log_line.c.task == bindparam("task"))


class SqlTaskLog:
    """Number each task's lines without gaps, whoever writes them, and follow them by asking again."""

    def __init__(self, writer: Writer, reader: Reader, clock: Clock, mask: Callable[[str], str]) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._mask = mask

    async def append(self, task: TaskId, text: str, *, level: Level = "info", step: str = "") -> int:
        """Mask a line, record it, and answer its number; raise `NotFound` for an unknown task."""
        masked = _storable(self._mask(text))

        def work(connection: Connection) -> int:
            tasks.load(connection, task)
            seq = connection.execute(_LAST, {"task": task}).scalar() or 0
            row = {"task": task, "seq": seq + 1, "at": self._clock.now(), "level": level, "step": step, "text": masked}
            connection.execute(insert(log_line), row)
            return seq + 1

        return await self._writer.run(work)

    async def follow(self, task: TaskId, *, after: int = 0, until_idle: bool = False) -> AsyncIterator[LogLine]:
        """Yield lines as they come; stop when the task has ended, or with `until_idle` at the last stored line."""
        while True:
            lines, ended = await self._reader.run(partial(_page, task=task, after=after))
            for line in lines:
                yield line
                after = line.seq
            if lines:
                continue
            if ended or until_idle:
                return
            await self._clock.sleep(_POLL_S)


def _page(connection: Connection, task: TaskId, after: int) -> tuple[list[LogLine], bool]:
    ended = tasks.load(connection, task).status in ENDED
    statement = select(log_line).where(log_line.c.task == task, log_line.c.seq > after)
    rows = connection.execute(statement.order_by(log_line.c.seq).limit(_PAGE))
    lines = [LogLine(task=task, seq=row.seq, at=row.at, level=row.level, step=row.step, text=row.text) for row in rows]
    return lines, ended


def _storable(text: str) -> str:
    """Replace what no database takes: half a surrogate pair, and zero bytes."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
