"""The agent's tree together with the tests that will judge it."""

from collections.abc import Sequence
from pathlib import Path

from tamma_core.domain.task import TaskSettings
from tamma_core.ports.sandbox import Process, SandboxSpec
from tamma_core.verification.runner import Verifier
from tamma_core.workspace.agent_tree import AgentTree


class TestedTree:
    """Give an agent its tree, commands in the sandbox, and the project's tests."""

    __test__ = False

    def __init__(self, tree: AgentTree, verifier: Verifier, settings: TaskSettings) -> None:
        self._tree = tree
        self._verifier = verifier
        self._settings = settings

    @property
    def root(self) -> Path:
        """Answer the host path of the tree."""
        return self._tree.root

    def spec(self, argv: Sequence[str], *, writable: bool, time_s: float) -> SandboxSpec:
        """Describe a command of the agent."""
        return self._tree.spec(argv, writable=writable, time_s=time_s)

    async def start(self, spec: SandboxSpec) -> Process:
        """Run a described command in the sandbox."""
        return await self._tree.start(spec)

    async def run_tests(self, selection: Sequence[str]) -> str:
        """Run the project's tests on the tree as it is and answer a short report."""
        return await self._verifier.run_selection(self._tree.root, selection, self._settings)
