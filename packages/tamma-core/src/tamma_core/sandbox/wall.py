"""Say a specification in bubblewrap's options."""
# ruff: noqa: S108 - these are directories inside, private to one command

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tamma_core.domain.errors import InvalidInput
from tamma_core.ports.sandbox import PROXY_SOCKET, HostNetwork, Mount, ProxySocket, SandboxSpec
from tamma_core.sandbox.mounts import checked_mounts
from tamma_core.sandbox.system import HOME, UID, system_options

NAMESPACES = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
SETTINGS = tuple(f"/proc/{name}" for name in ("acpi", "bus", "fs", "irq", "scsi", "sys", "sysrq-trigger"))
LAST_WORDS = ("--remount-ro", "/dev", "--remount-ro", "/")
"""The bare root and /dev are memory without a bound: nothing may be written there."""


def wall_options(spec: SandboxSpec, etc: Path, devices: Mapping[str, Path], *, disable_userns: bool) -> tuple[str, ...]:
    """Answer every option but those that carry file descriptors, `etc` being shown as /etc and the devices in the host's places.

    Raises `InvalidInput` for what cannot be said.
    """
    return (
        *NAMESPACES,
        *(("--disable-userns",) if disable_userns else ()),
        *(() if isinstance(spec.network, HostNetwork) else ("--unshare-net",)),
        *("--as-pid-1", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--uid", str(UID), "--gid", str(UID), "--hostname", "sandbox", "--clearenv"),
        *_environment(spec),
        *system_options(),
        *("--ro-bind", str(etc), "/etc"),
        *("--proc", "/proc", *_kernel_settings(), "--dev", "/dev", *_devices(devices)),
        *("--dir", "/run", "--symlink", "/tmp", "/var/tmp"),
        *_temporary(spec),
        *_mounts(checked_mounts(spec)),
        *_proxy(spec),
        *LAST_WORDS,
        *("--chdir", spec.cwd),
    )


def temporary_directories(spec: SandboxSpec) -> tuple[str, ...]:
    """Answer the directories that live in memory and end with the sandbox."""
    home = home_of(spec)
    covered = home == "/tmp" or home.startswith("/tmp/") or any(mount.inside == home for mount in spec.mounts)
    return ("/tmp", "/dev/shm") if covered else ("/tmp", "/dev/shm", home)


def home_of(spec: SandboxSpec) -> str:
    """Answer the home directory inside."""
    return spec.environment.get("HOME") or HOME


def _kernel_settings() -> Iterator[str]:
    """Cover what the kernel lets its owner set by writing a file, without asking for a capability."""
    for name in SETTINGS:
        with suppress(OSError):
            if Path(name).stat().st_uid == os.geteuid():
                yield from ("--ro-bind", name, name)


def _devices(devices: Mapping[str, Path]) -> Iterator[str]:
    for inside, node in devices.items():
        yield from ("--dev-bind", str(node), inside)


def _environment(spec: SandboxSpec) -> Iterator[str]:
    for name, value in {"HOME": HOME, **spec.environment}.items():
        if not (name.isidentifier() and name.isascii()) or "\0" in value:
            raise InvalidInput(f"environment variable {name!r} cannot be passed", hint="use letters, digits and _")
        yield from ("--setenv", name, value)


def _temporary(spec: SandboxSpec) -> Iterator[str]:
    size = str(max(4096, min(spec.limits.disk_bytes, spec.limits.memory_bytes)))
    for directory in temporary_directories(spec):
        if not directory.startswith("/") or directory == "/":
            raise InvalidInput(f"HOME {directory!r} is not a directory below /", hint="leave it out, or name another")
        yield from ("--perms", "0700" if directory == home_of(spec) else "1777", "--size", size, "--tmpfs", directory)


def _mounts(mounts: tuple[Mount, ...]) -> Iterator[str]:
    for mount in mounts:
        yield from ("--bind" if mount.writable else "--ro-bind", str(mount.host), mount.inside)


def _proxy(spec: SandboxSpec) -> Iterator[str]:
    if isinstance(spec.network, ProxySocket):
        if not spec.network.path.is_socket():
            raise InvalidInput(f"{spec.network.path} is not a Unix socket", hint="start the proxy first")
        yield from ("--ro-bind", str(spec.network.path), PROXY_SOCKET)
