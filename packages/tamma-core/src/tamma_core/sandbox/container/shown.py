"""Say what a container shows of the host, and where."""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tamma_core.ports.sandbox import PROXY_SOCKET, Mount, ProxySocket, SandboxSpec
from tamma_core.sandbox.interpreter import interpreter
from tamma_core.sandbox.mounts import checked_mounts
from tamma_core.sandbox.system import DIRECTORIES

ORDER = "/run/tamma/order"
ENTRY = "/run/tamma/entry.py"
NAMES = ("hosts", "resolv.conf")
"""What an engine puts into /etc by itself, with names and servers of this machine in it, unless it is mounted."""


def shown_mounts(spec: SandboxSpec, etc: Path) -> tuple[Mount, ...]:
    """Answer all that the container shows: the system, its own /etc, what starts a command, and what is asked for."""
    system = (Path(directory) for directory in DIRECTORIES)
    etc_files = (Mount(etc / name, f"/etc/{name}") for name in NAMES)
    own = (Mount(etc, "/etc"), *etc_files, Mount(Path(__file__).with_name("entry.py"), ENTRY), *interpreter())
    named = checked_mounts(spec)
    shown = (
        *(Mount(path, str(path)) for path in system if path.is_dir() and not path.is_symlink()),
        *(mount for mount in own if mount.inside not in {one.inside for one in named}),
        *((Mount(spec.network.path, PROXY_SOCKET),) if isinstance(spec.network, ProxySocket) else ()),
        *named,
    )
    return *shown, *_closed_below(shown)


def _closed_below(shown: tuple[Mount, ...]) -> Iterator[Mount]:
    """Yield what is mounted on the host below a read-only mount: an engine shows it too, and leaves it writable."""
    below = tuple(mounted(Path("/proc/self/mountinfo").read_bytes()))
    for mount in (mount for mount in shown if not mount.writable):
        host = mount.host.resolve()
        for place in below:
            if place != host and place.is_relative_to(host):
                inside = PurePosixPath(mount.inside) / place.relative_to(host)
                if _innermost(shown, inside) is mount:  # else something else is shown there
                    yield Mount(place, str(inside))


def _innermost(shown: tuple[Mount, ...], inside: PurePosixPath) -> Mount:
    return max((mount for mount in shown if inside.is_relative_to(mount.inside)), key=lambda mount: len(mount.inside))


def mounted(rows: bytes) -> Iterator[Path]:
    """Yield where a process sees something mounted, each place once; a place's name is bytes, in which only the kernel's own signs are escaped."""
    places = (row.split(b" ")[4] for row in rows.split(b"\n") if row)
    for written in dict.fromkeys(places):
        yield Path(os.fsdecode(re.sub(rb"\\([0-3][0-7]{2})", lambda code: bytes([int(code[1], 8)]), written)))
