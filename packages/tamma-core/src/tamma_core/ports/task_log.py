"""What a task tells those who watch it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal, Protocol

from tamma_core.domain.ids import TaskId
from tamma_core.domain.record import Record

Level = Literal["debug", "info", "warning", "error"]


class LogLine(Record, frozen=True, kw_only=True):
    """Hold one line; `seq` counts from 1 without gaps within a task."""

    task: TaskId
    seq: int
    at: datetime
    level: Level
    step: str
    text: str


class TaskLog(Protocol):
    """Keep the lines of each task in order."""

    async def append(self, task: TaskId, text: str, *, level: Level = "info", step: str = "") -> int:
        """Record a line and answer its number; secrets are masked before they are stored."""
        ...

    def follow(self, task: TaskId, *, after: int = 0, until_idle: bool = False) -> AsyncIterator[LogLine]:
        """Yield lines after a number as they come, also from other processes.

        With `until_idle`, stop at the last stored line. Ends when the task has ended.
        """
        ...
