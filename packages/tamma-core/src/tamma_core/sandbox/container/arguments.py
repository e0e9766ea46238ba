"""Say a specification in the words of a container engine's command."""
# ruff: noqa: S108 - these are directories inside, private to one command

import os
import resource
from collections.abc import Iterator
from pathlib import Path

from tamma_core.domain.errors import InvalidInput
from tamma_core.ports.sandbox import PROXY_SOCKET, HostNetwork, Mount, ProxySocket, SandboxSpec
from tamma_core.sandbox.container.engine import Engine
from tamma_core.sandbox.interpreter import interpreter
from tamma_core.sandbox.limits import THREADS_PER_PROCESS
from tamma_core.sandbox.mounts import checked_mounts
from tamma_core.sandbox.system import DIRECTORIES, UID
from tamma_core.sandbox.wall import temporary_directories

ORDER = "/run/tamma/order"
ENTRY = "/run/tamma/entry.py"
STRANGER = 1 << 30
"""The host's user that the container's root is: nobody."""
SEPARATORS = frozenset(',"\n')


def container_arguments(spec: SandboxSpec, engine: Engine, mounts: tuple[Mount, ...]) -> tuple[str, ...]:
    """Answer all options of `run` but name, label and root; raise `InvalidInput` for what cannot be said."""
    return (
        *("--interactive", "--rm", "--http-proxy=false", "--env-host=false", "--pull=never", "--log-driver=none"),
        *(
            "--network",
            "host" if isinstance(spec.network, HostNetwork) else "none",
            "--hostname",
            "sandbox",
            "--no-hosts",
        ),
        *("--cap-drop", "all", "--security-opt", "no-new-privileges", "--security-opt", "label=disable"),
        *("--security-opt", "mask=/sys/fs/cgroup", "--passwd=false"),
        *("--read-only", "--read-only-tmpfs=false", "--ipc", "private"),
        *_identity(),
        *_limits(spec, engine),
        *_temporary(spec),
        *_mounts(mounts),
        *("--workdir", "/"),
    )


def _identity() -> Iterator[str]:
    """Be the harness's user outside and an ordinary one inside; the container's root is nobody."""
    if os.geteuid() != 0:
        yield from ("--userns", f"keep-id:uid={UID},gid={UID}")
    else:
        for kind, own in (("uidmap", 0), ("gidmap", os.getegid())):
            yield from (f"--{kind}", f"0:{STRANGER}:1", f"--{kind}", f"{UID}:{own}:1")
    yield from ("--user", f"{UID}:{UID}")


def _limits(spec: SandboxSpec, engine: Engine) -> Iterator[str]:
    # The watchdog is to act first, with the true reason: hence the half on top, and threads.
    if engine.bounds_memory:
        memory = str(spec.limits.memory_bytes + spec.limits.memory_bytes // 2)
        yield from ("--memory", memory, "--memory-swap", memory)
    if engine.bounds_processes:
        yield from ("--pids-limit", str(spec.limits.processes * THREADS_PER_PROCESS))
    # What the engine would ask for by itself may be more than the harness has.
    asked = (
        ("nofile", resource.RLIMIT_NOFILE, spec.limits.open_files),
        ("nproc", resource.RLIMIT_NPROC, spec.limits.processes * THREADS_PER_PROCESS),
    )
    for name, which, wanted in asked:
        hard = resource.getrlimit(which)[1]
        bound = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        yield from ("--ulimit", f"{name}={bound}:{bound}")


def _temporary(spec: SandboxSpec) -> Iterator[str]:
    size = max(4096, min(spec.limits.disk_bytes, spec.limits.memory_bytes))
    yield from ("--shm-size", str(size))
    for directory in temporary_directories(spec):
        if not directory.startswith("/") or directory == "/" or set(directory) & SEPARATORS or ":" in directory:
            raise InvalidInput(f"HOME {directory!r} is not a directory below /", hint="leave it out, or name another")
        if directory != "/dev/shm":
            yield from ("--tmpfs", f"{directory}:rw,nosuid,nodev,exec,size={size}")
    yield from ("--tmpfs", "/sys:ro,size=4096,mode=0555")


def shown_mounts(spec: SandboxSpec, etc: Path) -> tuple[Mount, ...]:
    """Answer all that the container shows: the system, its own /etc, what starts a command, and what is asked for."""
    system = (Path(directory) for directory in DIRECTORIES)
    own = (Mount(etc, "/etc"), Mount(Path(__file__).with_name("entry.py"), ENTRY), *interpreter())
    named = checked_mounts(spec)
    return (
        *(Mount(path, str(path)) for path in system if path.is_dir() and not path.is_symlink()),
        *(mount for mount in own if mount.inside not in {one.inside for one in named}),
        *((Mount(spec.network.path, PROXY_SOCKET),) if isinstance(spec.network, ProxySocket) else ()),
        *named,
    )


def _mounts(mounts: tuple[Mount, ...]) -> Iterator[str]:
    for mount in mounts:
        if (set(str(mount.host)) | set(mount.inside)) & SEPARATORS:
            raise InvalidInput(f"{mount.host} cannot be named to a container engine", hint="rename it, without commas")
        how = "" if mount.writable else ",readonly"
        yield from ("--mount", f"type=bind,source={mount.host},destination={mount.inside}{how}")
