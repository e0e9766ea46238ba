"""Who approves when nobody sits at the terminal: the demonstration itself, and it says so."""

from tamma_core.domain.events import ApprovalSubject
from tamma_core.domain.state import TaskState
from tamma_core.ports.journal import Journal
from tamma_core.workspace.workspace import Workspace

from tamma_cli.decision import Shown, record
from tamma_cli.plan_text import readable
from tamma_cli.screen import Screen

WHO = "the demo itself"


class StandIn:
    """Approve in place of a person, in this demonstration only."""

    def __init__(self, screen: Screen, journal: Journal) -> None:
        self._screen = screen
        self._journal = journal

    async def decide(self, state: TaskState, workspace: Workspace | None) -> None:  # noqa: ARG002 - the port's shape
        """Approve what waits, and say whose approval it was."""
        shown = Shown(state)
        if shown.subject is ApprovalSubject.PLAN and state.plan is not None:
            self._screen.say(f"\n{readable(state.plan, name=state.plan_hash, version=state.plan_version)}")
        await record(self._journal, shown, shown.approval(by=WHO, via="demo"))
        self._screen.say(
            f"{shown.subject.value} approved by {WHO}, nobody sits at the terminal (a real run would wait for a person)\n",
            style="yellow",
        )
