"""What stands where a replay uses nothing of the world."""

from collections.abc import AsyncIterator, Sequence
from typing import NoReturn

from tamma_core.domain.errors import Defect
from tamma_core.domain.ids import TaskId
from tamma_core.ports.budget import Amount, Reservation, Scope
from tamma_core.ports.sandbox import Process, SandboxReport, SandboxSpec
from tamma_core.ports.task_log import Level, LogLine


class Nothing:
    """Be the sandbox, the budget and the log of a replay: all that they say is in the record; lines are for nobody."""

    name = "record"

    async def prove(self) -> SandboxReport:
        """Refuse."""
        _refuse("a sandbox")

    async def start(self, spec: SandboxSpec) -> Process:
        """Refuse: no command of a repository is run."""
        _refuse(f"the command {spec.argv[0]}")

    async def reserve(self, scopes: Sequence[Scope], worst: Amount) -> Reservation:
        """Refuse."""
        _refuse(f"{worst.usd} USD of {len(scopes)} caps")

    async def settle(self, reservation: Reservation, actual: Amount) -> None:
        """Refuse."""
        _refuse(f"the books, for {reservation} and {actual}")

    async def spent(self, scope: str) -> Amount:
        """Refuse."""
        _refuse(f"the books, for {scope}")

    async def append(self, task: TaskId, text: str, *, level: Level = "info", step: str = "") -> int:  # noqa: ARG002 - nobody listens
        """Let a line go."""
        return 0

    async def follow(self, task: TaskId, *, after: int = 0, until_idle: bool = False) -> AsyncIterator[LogLine]:  # noqa: ARG002 - as above
        """Yield nothing."""
        lines: Sequence[LogLine] = ()
        for line in lines:
            yield line


def _refuse(what: str) -> NoReturn:
    raise Defect(f"a replay asked for {what}", hint="report this with the journal")
