"""Say a specification in the words of a container engine's command."""
# ruff: noqa: S108 - these are directories inside, private to one command

import resource
from collections.abc import Iterator

from tamma_core.domain.errors import InvalidInput
from tamma_core.ports.sandbox import HostNetwork, Mount, SandboxSpec
from tamma_core.sandbox.container.engine import Engine, Facts
from tamma_core.sandbox.limits import THREADS_PER_PROCESS
from tamma_core.sandbox.wall import temporary_directories

SEPARATORS = frozenset(',"\n')


def container_arguments(spec: SandboxSpec, engine: Engine, mounts: tuple[Mount, ...]) -> tuple[str, ...]:
    """Answer all options of `run` but name, label and root; raise `InvalidInput` for what cannot be said."""
    return (
        *("--interactive", "--rm", "--pull=never", "--log-driver=none"),
        *("--network", "host" if isinstance(spec.network, HostNetwork) else "none", "--hostname", "sandbox"),
        *("--cap-drop", "all", "--security-opt", "no-new-privileges", "--security-opt", "label=disable"),
        *("--read-only", "--ipc", "private", "--user", f"{engine.facts.uid}:{engine.facts.gid}"),
        *engine.options,
        *_limits(spec, engine.facts),
        *_temporary(spec),
        *_mounts(mounts),
        *("--workdir", "/"),
    )


def _limits(spec: SandboxSpec, engine: Facts) -> Iterator[str]:
    # The watchdog is to act first, with the true reason: hence the half on top, and threads.
    if engine.bounds_memory:
        memory = str(spec.limits.memory_bytes + spec.limits.memory_bytes // 2)
        yield from ("--memory", memory, "--memory-swap", memory)
    if engine.bounds_processes:
        yield from ("--pids-limit", str(spec.limits.processes * THREADS_PER_PROCESS))
    # What the engine would ask for by itself may be more than the harness has.
    asked = [("nofile", resource.RLIMIT_NOFILE, spec.limits.open_files)]
    if engine.own_users:
        asked.append(("nproc", resource.RLIMIT_NPROC, spec.limits.processes * THREADS_PER_PROCESS))
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
            yield from ("--tmpfs", f"{directory}:rw,nosuid,nodev,exec,size={size},mode=1777")
    yield from ("--tmpfs", "/sys:ro,size=4096,mode=0555")


def _mounts(mounts: tuple[Mount, ...]) -> Iterator[str]:
    for mount in mounts:
        if (set(str(mount.host)) | set(mount.inside)) & SEPARATORS:
            raise InvalidInput(f"{mount.host} cannot be named to a container engine", hint="rename it, without commas")
        how = "" if mount.writable else ",readonly"
        yield from ("--mount", f"type=bind,source={mount.host},destination={mount.inside}{how}")
