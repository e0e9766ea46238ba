"""Say what of the host's system is visible inside: programs and libraries, and the little of /etc that they need."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tamma_core.ports.sandbox import HostNetwork, SandboxSpec

DIRECTORIES = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
ETC = (
    *("alternatives", "ca-certificates", "crypto-policies", "debian_version", "fonts", "gai.conf", "java*"),
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "lsb-release", "magic", "mime.types"),
    *("os-release", "pki/ca-trust", "pki/tls/cert.pem", "pki/tls/certs", "pki/tls/openssl.cnf", "protocols"),
    *("services", "ssl/cert.pem", "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone"),
)
"""Named one by one: beside them lie password hashes, host keys and registries' tokens."""
_HOLDERS = tuple(dict.fromkeys(os.path.dirname(name) for name in ETC))  # noqa: PTH120 - names, not paths
NETWORK = ("hosts", "resolv.conf")
UID = 1000
USER = "agent"
HOME = f"/home/{USER}"
"""Fresh in each sandbox, unless the specification sets another HOME."""


def system_options(spec: SandboxSpec, etc: Path = Path("/etc")) -> tuple[str, ...]:
    """Answer bubblewrap's options for the system directories and the files of /etc, looked up when those change."""
    stamps = tuple(_changed_at(directory) for directory in ("/", *(f"{etc}/{name}" for name in _HOLDERS)))
    return _looked_up(etc, stamps, network=isinstance(spec.network, HostNetwork))


@lru_cache(maxsize=8)
def _looked_up(etc: Path, _stamps: tuple[int, ...], *, network: bool) -> tuple[str, ...]:
    return tuple(_system(etc, network=network))


def _changed_at(directory: str) -> int:
    """Answer when names were last added, removed or replaced there."""
    try:
        return os.stat(directory).st_mtime_ns  # noqa: PTH116 - this runs at each start
    except FileNotFoundError:
        return 0


def _system(etc: Path, *, network: bool) -> Iterator[str]:
    for directory in map(Path, DIRECTORIES):
        if directory.is_symlink():
            yield from ("--symlink", str(directory.readlink()), str(directory))
        elif directory.is_dir():
            yield from ("--ro-bind", str(directory), str(directory))
    for path in _visible(etc, ETC):
        yield from _shown(path)
    if network:
        for path in _visible(etc, NETWORK):
            yield from ("--ro-bind", os.path.realpath(path), str(path))


def own_files(spec: SandboxSpec) -> dict[str, bytes]:
    """Answer the files that are the sandbox's own, by path."""
    files = {
        "/etc/passwd": f"root:x:0:0::/:/bin/sh\n{USER}:x:{UID}:{UID}::{HOME}:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
        "/etc/group": f"root:x:0:\n{USER}:x:{UID}:\nnogroup:x:65534:\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    }
    if not isinstance(spec.network, HostNetwork):
        files["/etc/hosts"] = "127.0.0.1 localhost sandbox\n::1 localhost\n"
    given = {} if spec.stdin is None else {input_path(spec): spec.stdin}
    return {path: text.encode() for path, text in files.items()} | given


def input_path(spec: SandboxSpec) -> str:
    """Answer the file inside that is the command's standard input."""
    return "/dev/null" if spec.stdin is None else "/run/tamma/input"


def is_system(path: str) -> bool:
    """Tell whether a path is visible anyway, as part of a system directory."""
    return any(path == directory or path.startswith(f"{directory}/") for directory in DIRECTORIES)


def _visible(etc: Path, names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        yield from sorted(etc.glob(name)) if "*" in name else filter(Path.exists, [etc / name])


def _shown(path: Path) -> tuple[str, str, str]:
    real = os.path.realpath(path)
    if path.is_symlink() and is_system(real):
        return ("--symlink", real, str(path))
    return ("--ro-bind", real, str(path))
