"""What a running task does, live on standard error: lines as they come, and on a terminal a line that stands still."""

import asyncio
import contextlib
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tamma_core.domain.ids import TaskId
from tamma_core.domain.state import TaskState, fold
from tamma_core.ports.journal import Journal
from tamma_core.ports.task_log import LogLine, TaskLog

from tamma_cli.outcome import money
from tamma_cli.screen import Screen
from tamma_cli.terminal_text import one_line

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

LOOK_EVERY_S = 0.25
_STYLES = {"debug": "dim", "info": "", "warning": "yellow", "error": "red"}


class Progress:
    """Follow one task while others work on it."""

    def __init__(self, screen: Screen, journal: Journal, log: TaskLog, task: TaskId) -> None:
        self._screen = screen
        self._journal = journal
        self._log = log
        self._task = task
        self._state: TaskState | None = None
        self._seen = 0
        self._started = time.monotonic()
        self._live: Live | None = None
        self._follower: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        async for line in self._log.follow(self._task, until_idle=True):
            self._seen = line.seq
        self._start_live()
        self._follower = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._follower is not None:
            self._follower.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._follower
        await self._look()
        self.pause()

    def pause(self) -> None:
        """Take the standing line away, so that somebody can be asked."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def go_on(self) -> None:
        """Show the standing line again."""
        self._start_live()

    async def catch_up(self) -> None:
        """Show everything that is there by now."""
        await self._look()

    def _start_live(self) -> None:
        if self._live is None and self._screen.console.is_terminal:
            from rich.live import Live

            self._live = Live(
                get_renderable=self._standing, console=self._screen.console, transient=True, refresh_per_second=8
            )
            self._live.start()

    async def _follow(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        known = self._state.position if self._state else None
        fresh = await self._journal.read(self._task, after=known)
        if fresh:
            self._state = fold(fresh, self._state)
        async for line in self._log.follow(self._task, after=self._seen, until_idle=True):
            self._seen = line.seq
            self._show(line)

    def _show(self, line: LogLine) -> None:
        self._screen.say(f"{line.step or '-':<12} {one_line(line.text, 400)}", style=_STYLES[line.level])

    def _standing(self) -> "Text":
        from rich.text import Text

        state = self._state
        if state is None:
            return Text("…")
        seconds = int(time.monotonic() - self._started)
        step = state.step.value if state.step else "begin"
        frame = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[int(time.monotonic() * 8) % 10]
        parts = [
            f"{frame} {step}",
            f"{seconds // 60}:{seconds % 60:02}",
            f"{state.usage.total_tokens:,} tokens",
            money(state),
        ]
        if state.wait is not None:
            parts.append(one_line(state.wait.reason, 60))
        return Text(" · ".join(parts), style="bold cyan", no_wrap=True, overflow="ellipsis")
