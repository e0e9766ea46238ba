"""Say what of the host's system is visible inside: programs and libraries, and the little of /etc that they need."""

import os
from collections.abc import Iterator
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
NETWORK = ("hosts", "resolv.conf")
UID = 1000
USER = "agent"
HOME = f"/home/{USER}"
"""Fresh in each sandbox, unless the specification sets another HOME."""


def system_options(spec: SandboxSpec, etc: Path = Path("/etc")) -> Iterator[str]:
    """Yield bubblewrap's options for the system directories and the files of /etc."""
    for directory in map(Path, DIRECTORIES):
        if directory.is_symlink():
            yield from ("--symlink", str(directory.readlink()), str(directory))
        elif directory.is_dir():
            yield from ("--ro-bind", str(directory), str(directory))
    for path in _visible(etc, ETC):
        yield from _shown(path)
    if isinstance(spec.network, HostNetwork):
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
