"""Say which paths of the host a command may read and write, for a wall that can show nothing elsewhere."""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tamma_core.domain.errors import InvalidInput
from tamma_core.ports.sandbox import HostNetwork, SandboxSpec
from tamma_core.sandbox.etc_copy import NETWORK, SHOWN
from tamma_core.sandbox.mounts import checked_mounts
from tamma_core.sandbox.system import DIRECTORIES

OWN_ETC = ("passwd", "group", "nsswitch.conf", "hosts")
"""Names without passwords: without namespaces the host's users are the command's."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
PROCESSES = "/proc"
"""Readable as a whole: what lies below other processes there is kept shut by Landlock itself, but for their names."""


def grants(spec: SandboxSpec, scratch: Path) -> tuple[tuple[str, str], ...]:
    """Answer pairs of a path and `read`, `write` or `device`; raise `InvalidInput` for mounts that cannot be held."""
    own = ((str(scratch), "write"), (PROCESSES, "read"), *((path, "device") for path in DEVICES))
    system = ((os.path.realpath(path), "read") for path in chain(DIRECTORIES, _etc(spec)) if Path(path).exists())
    return tuple(dict.fromkeys(chain(system, own, _mounted(spec))))


def writable(spec: SandboxSpec, scratch: Path) -> tuple[str, ...]:
    """Answer the real paths below which the command may change modes and times."""
    return tuple(os.path.realpath(path) for path in (scratch, *(m.host for m in spec.mounts if m.writable)))


def _etc(spec: SandboxSpec) -> Iterator[str]:
    names = (*SHOWN, *OWN_ETC, *(NETWORK if isinstance(spec.network, HostNetwork) else ()))
    for name in names:
        yield from map(str, Path("/etc").glob(name))


def _mounted(spec: SandboxSpec) -> Iterator[tuple[str, str]]:
    mounts = checked_mounts(spec)
    for mount in mounts:
        if mount.inside != str(mount.host):
            raise InvalidInput(f"Landlock cannot show {mount.host} at {mount.inside}", hint="mount it at its own path")
        # Rights add up: what lies in a writable directory is writable.
        outer = [m.inside for m in mounts if m.writable and mount.inside.startswith(f"{m.inside}/")]
        if outer and not mount.writable:
            raise InvalidInput(f"Landlock cannot protect {mount.inside} within the writable {outer[0]}")
        yield os.path.realpath(mount.host), "write" if mount.writable else "read"
