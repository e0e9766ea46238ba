"""Agents that change a workspace: our own loop, or somebody else's."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Protocol

from tamma_core.domain.agent import AgentEvent, Brief
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.task import Limits
from tamma_core.ports.sandbox import Process, SandboxSpec


class AgentWorkspace(Protocol):
    """Show an agent the one directory that it may see, and run commands there."""

    @property
    def root(self) -> Path:
        """Answer the host path of the tree; file tools resolve beneath it."""
        ...

    def spec(self, argv: Sequence[str], *, writable: bool, time_s: float) -> SandboxSpec:
        """Describe a command of the agent: no network, scrubbed environment, this tree only."""
        ...

    async def start(self, spec: SandboxSpec) -> Process:
        """Run a described command in the sandbox."""
        ...

    async def run_tests(self, selection: Sequence[str]) -> str:
        """Run the project's tests (or those selected) on the tree as it is and answer a short report."""
        ...


class CodingAgent(Protocol):
    """Work on a brief in a workspace and report every turn."""

    def run(
        self, brief: Brief, workspace: AgentWorkspace, limits: Limits, checkpoint: Sequence[AgentEvent]
    ) -> AsyncGenerator[AgentEvent, None]:
        """Yield reports, the last one `AgentFinished`; go on after the checkpoint's reports if there are any.

        The caller journals each report before it asks for the next.
        """
        ...


ToolArguments = JsonObject
