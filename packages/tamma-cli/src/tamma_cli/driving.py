"""Drive a task in this process: show it, ask about it, and park it when the person stops it."""

import asyncio
from typing import TYPE_CHECKING, Protocol

from tamma_core.domain.events import TaskPaused
from tamma_core.domain.ids import TaskId
from tamma_core.domain.state import TaskState

from tamma_cli.decision import TerminalDecision, person, present
from tamma_cli.outcome import question
from tamma_cli.progress import Progress
from tamma_cli.screen import Screen
from tamma_cli.session import Session
from tamma_cli.stopping import stopping

if TYPE_CHECKING:
    from tamma_core.workspace.workspace import Workspace


class Decides(Protocol):
    """Stand for whoever is asked about a plan or a difference."""

    async def decide(self, state: TaskState, workspace: "Workspace | None") -> None:
        """Show what waits, and journal what is decided."""
        ...


class Driver:
    """Advance one task until it ends, is parked, or waits and may be left."""

    def __init__(self, session: Session, screen: Screen, *, detach: bool, decision: Decides | None = None) -> None:
        self._session = session
        self._screen = screen
        self._detach = detach
        self._decision = decision
        if decision is None and screen.interactive:
            self._decision = TerminalDecision(screen, session.ports.journal)

    async def drive(self, task: TaskId) -> TaskState:
        """Answer how the task stands when there is nothing more to do here."""
        from tamma_core.engine.engine import drive

        async with Progress(self._screen, self._session.ports.journal, self._session.ports.log, task) as progress:

            async def on_state(state: TaskState) -> None:
                await self._ask(state, progress)

            work = asyncio.create_task(
                drive(self._session.engine, task, self._session.ports, detach=self._detach, on_state=on_state)
            )
            with stopping(work) as stopped:
                try:
                    return await work
                except asyncio.CancelledError:
                    if not stopped:
                        raise
                return await self._park(task, progress)

    async def _ask(self, state: TaskState, progress: Progress) -> None:
        if self._decision is None or not question(state) or state.settings.rules.approvers is not None:
            return
        await progress.catch_up()
        progress.pause()
        async with self._session.workspace_of(state) as workspace:
            await self._decision.decide(state, workspace)
        progress.go_on()

    async def _park(self, task: TaskId, progress: Progress) -> TaskState:
        state = await present(self._session.ports.journal, task)
        if not state.status.ended:
            await self._session.ports.journal.signal(task, [TaskPaused(by=person())])
        await progress.catch_up()
        return await present(self._session.ports.journal, task)
