"""Run commands without a wall: for machines that have none, by the explicit word of whoever owns them."""

import os
import signal
import time

from tamma_core.domain.errors import InvalidInput, SandboxUnavailable
from tamma_core.ports.sandbox import Process, ProcessLimits, SandboxReport, SandboxSpec
from tamma_core.sandbox.attacks import attack
from tamma_core.sandbox.control_group import ControlGroup
from tamma_core.sandbox.control_groups import ControlGroups, group_for
from tamma_core.sandbox.disk import DiskMeter
from tamma_core.sandbox.limits import set_limits
from tamma_core.sandbox.mounts import checked_mounts, writable_mounts
from tamma_core.sandbox.running import RunningProcess, Started
from tamma_core.sandbox.spawn import RUN, Spawn, spawn
from tamma_core.sandbox.tree import SessionTree
from tamma_core.sandbox.watchdog import Watchdog


class NoSandbox:
    """Scrub the environment and bound what can be bounded; everything that the user may do, the command may do.

    Mounts must lie at their own host paths. A process that opens a session of its own outlives the command, unless
    control groups can be had.
    """

    name = "none"

    def __init__(self, groups: ControlGroups | None = None, *, accept_risk: bool) -> None:
        """Raise `SandboxUnavailable` unless the risk is accepted in so many words."""
        if not accept_risk:
            raise SandboxUnavailable(
                "commands without a sandbox were not allowed", hint="choose the level `bubblewrap`"
            )
        self._groups = groups
        self._report: SandboxReport | None = None

    async def start(self, spec: SandboxSpec) -> Process:
        """Start a command in a session of its own; raise `InvalidInput` for mounts that would need a wall."""
        for mount in checked_mounts(spec):
            if mount.inside != str(mount.host):
                raise InvalidInput(
                    f"without a sandbox {mount.host} cannot appear at {mount.inside}", hint="mount it at its own path"
                )
        with group_for(self._groups, spec.limits) as group:
            return self._started(spec, group)

    def _started(self, spec: SandboxSpec, group: ControlGroup | None) -> RunningProcess:
        began = time.monotonic()
        disk = DiskMeter(writable_mounts(spec), spec.limits)
        argv = ("/bin/sh", "-c", f"kill -STOP $$; {RUN}", "sh", *spec.argv)
        try:
            child, output = spawn(
                Spawn(argv=argv, environment=spec.environment, stdin=spec.stdin, cwd=spec.cwd, session=True)
            )
        except (FileNotFoundError, NotADirectoryError) as error:
            raise SandboxUnavailable(f"cannot start in {spec.cwd}", hint="name an existing directory") from error
        _limit(child.pid, spec.limits)
        if group is not None:
            group.take(child.pid)
        tree = SessionTree(child.pid)
        watchdog = Watchdog(tree, spec.limits, disk, group)
        watchdog.start()
        child.send_signal(signal.SIGCONT)
        return RunningProcess(Started(child, output, tree, watchdog, began), spec.limits)

    async def prove(self) -> SandboxReport:
        """Attack itself once, and tell which attacks were not withstood."""
        if self._report is None:
            self._report = SandboxReport(backend=self.name, attacks=await attack(self))
        return self._report


def _limit(shell: int, limits: ProcessLimits) -> None:
    # The shell stops itself, so that its limits are in place before the command begins.
    os.waitid(os.P_PID, shell, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    set_limits(shell, limits, own_user_namespace=False)
