"""The agent's tree together with the tests that will judge it."""

import shlex
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tamma_core.domain.ids import Sha
from tamma_core.domain.task import TaskSettings
from tamma_core.ports.sandbox import Process, SandboxSpec
from tamma_core.verification.runner import Verifier
from tamma_core.verification.settings import CheckCommand, VerificationSettings
from tamma_core.workspace.agent_tree import AgentTree


def verification_settings(settings: TaskSettings) -> VerificationSettings:
    """Read from a task's settings how its repository is tested; what is not said is detected."""
    return VerificationSettings(
        test_command=tuple(shlex.split(settings.test_command or "")),
        setup_commands=(tuple(shlex.split(settings.setup_command)),) if settings.setup_command else None,
        checks=tuple(
            CheckCommand(name=command, command=tuple(shlex.split(command))) for command in settings.check_commands
        )
        or None,
        setup_network=settings.setup_network,
    )


class TestedTree:
    """Give an agent its tree, commands in the sandbox, and the project's tests."""

    __test__ = False

    def __init__(
        self,
        tree: AgentTree,
        verifier: Verifier,
        base: Sha,
        settings: VerificationSettings,
        note: Callable[[Verifier], Awaitable[None]],
    ) -> None:
        self._tree = tree
        self._verifier = verifier
        self._base = base
        self._settings = settings
        self._note = note

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
        try:
            return await self._verifier.run_selection(self._base, self._tree.root, selection, self._settings)
        finally:
            await self._note(self._verifier)
