"""What a command works with once everything is open."""

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from tamma_core.domain.record import Record
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskSettings

if TYPE_CHECKING:
    from tamma_config.configuration import Configuration
    from tamma_core.engine.engine import Engine
    from tamma_core.engine.step import Ports
    from tamma_core.workspace.workspace import Workspace


class Session(Record, frozen=True, kw_only=True):
    """Hold the engine of one process, and what it stands on."""

    configuration: "Configuration"
    ports: "Ports"
    engine: "Engine"
    settings: TaskSettings
    sandbox: str

    @contextlib.asynccontextmanager
    async def workspace_of(self, state: TaskState) -> "AsyncIterator[Workspace | None]":
        """Open a task's workspace for reading, where there is a candidate to look at."""
        if state.candidate is None or state.wait is None or state.wait.step is StepName.APPROVE:
            yield None
            return
        forge = await self.ports.forges.platform(state.task.repository.forge)
        remote = await forge.git_remote(state.task.repository)
        workspace = await self.ports.workspaces.open(state.task.id, remote)
        try:
            yield workspace
        finally:
            await workspace.close(remove=False)
