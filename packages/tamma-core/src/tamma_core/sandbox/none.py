"""Run commands without a wall: for machines that have none, by the explicit word of whoever owns them."""

from tamma_core.domain.errors import InvalidInput, SandboxUnavailable
from tamma_core.ports.sandbox import Process, SandboxReport, SandboxSpec
from tamma_core.sandbox.attacks import attack
from tamma_core.sandbox.control_groups import ControlGroups, group_for
from tamma_core.sandbox.disk import DiskMeter
from tamma_core.sandbox.mounts import checked_mounts, writable_mounts
from tamma_core.sandbox.supervised import Supervisor, supervised

SUPERVISOR = Supervisor(
    name="the supervisor", module="tamma_core.sandbox.supervision", hint="name a directory that exists"
)


class NoSandbox:
    """Scrub the environment and bound what can be bounded; everything that the user may do, the command may do.

    Mounts must lie at their own host paths. What the command started ends with it, unless it first ends its supervisor
    and there is no control group: nothing keeps it from that.
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
        """Start a command; raise `InvalidInput` for mounts that would need a wall."""
        for mount in checked_mounts(spec):
            if mount.inside != str(mount.host):
                raise InvalidInput(
                    f"without a sandbox {mount.host} cannot appear at {mount.inside}", hint="mount it at its own path"
                )
        disk = DiskMeter(writable_mounts(spec), spec.limits)
        with group_for(self._groups, spec.limits) as group:
            return await supervised(spec, SUPERVISOR, disk, group)

    async def prove(self) -> SandboxReport:
        """Attack itself once, and tell which attacks were not withstood."""
        if self._report is None:
            self._report = SandboxReport(backend=self.name, attacks=await attack(self))
        return self._report
