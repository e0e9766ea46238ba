"""What an agent gets of a workspace: one tree, and commands behind a wall."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import field
from msgspec.structs import replace

from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Mount, Process, ProcessLimits, Sandbox, SandboxSpec
from tamma_core.workspace.environment import config_environment
from tamma_core.workspace.layout import TaskDirectory

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class AgentSetting(Record, frozen=True, kw_only=True):
    """Hold what commands of agents find besides the tree: tools, environment, limits but for time."""

    mounts: tuple[Mount, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: ProcessLimits = field(default_factory=ProcessLimits)


class AgentTree:
    """Show an agent its tree and run its commands; verification adds the tests."""

    def __init__(self, directory: TaskDirectory, sandbox: Sandbox, setting: AgentSetting) -> None:
        self._directory = directory
        self._sandbox = sandbox
        self._setting = setting

    @property
    def root(self) -> Path:
        """Answer the host path of the tree; file tools resolve beneath it."""
        return self._directory.tree

    def spec(self, argv: Sequence[str], *, writable: bool, time_s: float) -> SandboxSpec:
        """Describe a command: no network, no secret, this tree only."""
        limits = self._setting.limits
        inside = self._directory.tree_inside(self.root)
        tree = Mount(self.root, inside, writable=writable)
        return SandboxSpec(
            argv=tuple(argv),
            cwd=inside,
            mounts=(*self._setting.mounts, tree, *self._directory.history()),
            environment={**_environment(), **self._setting.environment},
            limits=replace(limits, time_s=time_s),
        )

    async def start(self, spec: SandboxSpec) -> Process:
        """Run a described command in the sandbox."""
        return await self._sandbox.start(spec)


def _environment() -> dict[str, str]:
    # The tree may belong to another user's number inside; git would refuse to look at it.
    return {
        "PATH": _PATH,
        "HOME": "/tmp",  # noqa: S108 - the sandbox's own, empty at each start
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "PAGER": "cat",
        **config_environment({"safe.directory": "*", "protocol.allow": "never"}),
    }
