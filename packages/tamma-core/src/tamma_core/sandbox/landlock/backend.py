"""Run commands behind Landlock and seccomp: for hardened containers, where namespaces are refused."""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

from tamma_core.domain.errors import InvalidInput, SandboxUnavailable
from tamma_core.ports.sandbox import (
    PROXY_SOCKET,
    HostNetwork,
    Mount,
    Process,
    ProxySocket,
    SandboxReport,
    SandboxSpec,
)
from tamma_core.sandbox.attacks import attack
from tamma_core.sandbox.control_group import ControlGroup
from tamma_core.sandbox.control_groups import ControlGroups, group_for
from tamma_core.sandbox.disk import DiskMeter
from tamma_core.sandbox.forwarder import LED_PORT
from tamma_core.sandbox.landlock.confinement import ABSTRACT_SOCKETS, OLDEST_ABI, SIGNALS, landlock_abi
from tamma_core.sandbox.landlock.grants import grants, writable
from tamma_core.sandbox.mounts import writable_mounts
from tamma_core.sandbox.own_places import at_host_places
from tamma_core.sandbox.running import RunningProcess
from tamma_core.sandbox.supervised import Supervisor, supervised
from tamma_core.sandbox.syscall_filter import compiled, newest_only, number_of
from tamma_core.sandbox.syscall_rules import (
    INET,
    INET6,
    NETLINK,
    UNIX,
    Rule,
    identity_rules,
    kernel_rules,
    neighbour_rules,
    socket_rules,
)

FAMILIES = {
    HostNetwork: frozenset({INET, INET6, NETLINK}),
    ProxySocket: frozenset({UNIX, INET}),
    type(None): frozenset[int](),
}
SUPERVISOR = "tamma_core.sandbox.landlock.supervisor"
_REFUSED = "allow the system calls of Landlock and seccomp in the container, or choose another sandbox level"


class Landlock:
    """Bound a command's files, signals and system calls; it lives among the host's processes and sees their names.

    Nothing can be shown elsewhere: mounts must lie at their own host paths. HOME and TMPDIR are fresh directories on
    the disk, and what the environment says of /tmp is changed to that; /tmp itself cannot be written.
    """

    name = "landlock"

    def __init__(self, groups: ControlGroups | None = None) -> None:
        """Look for nothing yet: the kernel is asked by the first command. With groups, each command gets one."""
        self._groups = groups
        self._report: SandboxReport | None = None

    async def start(self, spec: SandboxSpec) -> Process:
        """Start a command; raise `SandboxUnavailable` when the wall cannot be built."""
        abi = landlock_abi()
        if abi < OLDEST_ABI:
            raise SandboxUnavailable(
                f"Landlock here is of version {abi}, and {OLDEST_ABI} is needed"
                if abi
                else "Landlock is not to be had here",
                hint="use Linux 6.12 or newer with `landlock` in `lsm=`, and allow its system calls in the container",
            )
        scratch = _scratch()
        with ExitStack() as failed, group_for(self._groups, spec.limits) as group:
            failed.callback(shutil.rmtree, scratch, ignore_errors=True)
            process = await self._launch(spec, scratch, group)
            failed.pop_all()
        return process

    async def prove(self) -> SandboxReport:
        """Attack itself once; later calls answer the same report."""
        if self._report is None:
            self._report = SandboxReport(backend=self.name, attacks=await attack(self))
        return self._report

    def rules(self, spec: SandboxSpec) -> tuple[Rule, ...]:
        """Answer what is refused of the command's system calls."""
        proxied = isinstance(spec.network, ProxySocket)
        return (
            *kernel_rules(),
            *identity_rules(),
            *neighbour_rules(),
            *socket_rules(FAMILIES[type(spec.network)], proxied=proxied),
        )

    def order(self, spec: SandboxSpec, scratch: Path) -> dict[str, object]:
        """Say to the supervisor what the wall is."""
        rules = self.rules(spec)
        return {
            "scratch": str(scratch),
            "grants": grants(spec, scratch),
            "writable": writable(spec, scratch),
            "enclosed": True,
            "scopes": ABSTRACT_SOCKETS | SIGNALS,
            "network": isinstance(spec.network, HostNetwork),
            "proxy": _proxy(spec),
            # The second is what `OwnPlaces` makes of the first.
            "proxy_names": (PROXY_SOCKET, str(spec.network.path)) if isinstance(spec.network, ProxySocket) else (),
            "proxy_port": LED_PORT,
            "newest": newest_only(),
            "filter": compiled(rules),
            "asked": {number_of(rule.call): rule.call for rule in rules if rule.error is None},
            "seccomp": number_of("seccomp"),
        }

    async def _launch(self, spec: SandboxSpec, scratch: Path, group: ControlGroup | None) -> RunningProcess:
        spec = _with_places(spec, scratch)
        supervisor = Supervisor(
            name="Landlock's supervisor", module=SUPERVISOR, hint=_REFUSED, order=self.order(spec, scratch)
        )
        disk = DiskMeter((*writable_mounts(spec), str(scratch)), spec.limits)
        return await supervised(spec, supervisor, disk, group)


def _scratch() -> Path:
    scratch = Path(tempfile.mkdtemp(prefix="tamma-sandbox-")).resolve()
    for name in ("home", "tmp"):
        (scratch / name).mkdir(mode=0o700)
    return scratch


def _with_places(spec: SandboxSpec, scratch: Path) -> SandboxSpec:
    # Programs are told to use /tmp by their environment; what the arguments say of it is theirs to know.
    temporary = (Mount(scratch / "tmp", "/tmp"),)  # noqa: S108 - it is what is replaced
    places = [str(mount.host) for mount in spec.mounts]
    free = {name: value for name, value in spec.environment.items() if not any(place in value for place in places)}
    own = {"HOME": str(scratch / "home"), "TMPDIR": str(scratch / "tmp")}
    return replace(spec, environment={**own, **spec.environment, **at_host_places(free, temporary)})


def _proxy(spec: SandboxSpec) -> str | None:
    if not isinstance(spec.network, ProxySocket):
        return None
    if not spec.network.path.is_socket():
        raise InvalidInput(f"{spec.network.path} is not a Unix socket", hint="start the proxy first")
    return os.path.realpath(spec.network.path)
