"""Say a specification in bubblewrap's options."""
# ruff: noqa: S108 - these are directories inside, private to one command

from collections.abc import Iterator
from pathlib import Path

from tamma_core.domain.errors import InvalidInput
from tamma_core.ports.sandbox import PROXY_SOCKET, HostNetwork, Mount, ProxySocket, SandboxSpec
from tamma_core.sandbox.mounts import checked_mounts
from tamma_core.sandbox.system import HOME, UID, system_options

NAMESPACES = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
LAST_WORDS = ("--remount-ro", "/dev", "--remount-ro", "/")
"""The bare root and /dev are memory without a bound: nothing may be written there."""


def wall_options(spec: SandboxSpec, etc: Path, *, disable_userns: bool) -> tuple[str, ...]:
    """Answer every option but those that carry file descriptors, `etc` being shown as /etc.

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
        *("--proc", "/proc", "--dev", "/dev", "--dir", "/run", "--symlink", "/tmp", "/var/tmp"),
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
