"""Run commands in namespaces of their own, by way of bubblewrap."""

import asyncio

from tamma_core.ports.sandbox import HostNetwork, Process, SandboxReport, SandboxSpec
from tamma_core.sandbox.attacks import attack
from tamma_core.sandbox.control_groups import ControlGroups, group_for
from tamma_core.sandbox.etc_copy import EtcCopy
from tamma_core.sandbox.launch import Wall, launch
from tamma_core.sandbox.own_devices import OwnDevices
from tamma_core.sandbox.program import BubblewrapProgram, find_bubblewrap
from tamma_core.sandbox.syscall_filter import compiled, newest_only
from tamma_core.sandbox.syscall_rules import identity_rules, kernel_rules, mode_rules
from tamma_core.sandbox.wall import wall_options


class Bubblewrap:
    """Give each command namespaces of its own, no capabilities, and only the files that its specification names.

    A command's files in memory are bounded by `disk_bytes` and `memory_bytes`, whichever is less, for each of
    /tmp, /dev/shm and HOME; together with the writable mounts they are bounded by `disk_bytes`.
    """

    name = "bubblewrap"

    def __init__(self, groups: ControlGroups | None = None) -> None:
        """Look for nothing yet: the program is found by the first command. With groups, each command gets one."""
        self._groups = groups
        self._program: BubblewrapProgram | None = None
        self._report: SandboxReport | None = None
        self._finding = asyncio.Lock()
        self._etc = EtcCopy()
        self._devices = OwnDevices()

    async def start(self, spec: SandboxSpec) -> Process:
        """Start a command; raise `SandboxUnavailable` when the wall cannot be built."""
        program = await self._found()
        wall = Wall(self.options(spec, program), self.filters(), (self._etc, self._devices))
        with group_for(self._groups, spec.limits) as group:
            return await launch(program.path, wall, spec, group)

    async def prove(self) -> SandboxReport:
        """Attack itself once; later calls answer the same report."""
        if self._report is None:
            self._report = SandboxReport(backend=self.name, attacks=await attack(self))
        return self._report

    def options(self, spec: SandboxSpec, program: BubblewrapProgram) -> tuple[str, ...]:
        """Say the specification in bubblewrap's options."""
        etc = self._etc.path(network=isinstance(spec.network, HostNetwork))
        return wall_options(spec, etc, self._devices.paths(), disable_userns=program.disables_userns)

    def filters(self) -> tuple[bytes, ...]:
        """Answer the filters that keep a command from the corners of the kernel that namespaces do not close."""
        return compiled((*kernel_rules(), *identity_rules(), *mode_rules())), newest_only()

    async def _found(self) -> BubblewrapProgram:
        async with self._finding:
            if self._program is None:
                self._program = await find_bubblewrap()
            return self._program
