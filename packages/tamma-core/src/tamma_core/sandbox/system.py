"""Say what of the host's system is visible inside: programs and libraries."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tamma_core.ports.sandbox import SandboxSpec

DIRECTORIES = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
UID = 1000
USER = "agent"
HOME = f"/home/{USER}"
"""Fresh in each sandbox, unless the specification sets another HOME."""


def system_options() -> tuple[str, ...]:
    """Answer bubblewrap's options for the system directories, looked up when those change."""
    return _looked_up(os.stat("/").st_mtime_ns)  # noqa: PTH116 - this runs at each start


@lru_cache(maxsize=1)
def _looked_up(_stamp: int) -> tuple[str, ...]:
    return tuple(_system())


def _system() -> Iterator[str]:
    for directory in map(Path, DIRECTORIES):
        if directory.is_symlink():
            yield from ("--symlink", str(directory.readlink()), str(directory))
        elif directory.is_dir():
            yield from ("--ro-bind", str(directory), str(directory))


def input_path(spec: SandboxSpec) -> str:
    """Answer the file inside that is the command's standard input."""
    return "/dev/null" if spec.stdin is None else "/run/tamma/input"


def is_system(path: str) -> bool:
    """Tell whether a path is visible anyway, as part of a system directory."""
    return any(path == directory or path.startswith(f"{directory}/") for directory in DIRECTORIES)
