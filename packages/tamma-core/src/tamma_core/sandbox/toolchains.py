"""Find the languages' programs that lie outside the system directories, and show those and nothing else of a home."""

import os
import shutil
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Mount
from tamma_core.sandbox.system import is_system

LAYOUTS: Mapping[str, tuple[str, ...]] = {
    "python3": ("lib/python3.*",),
    "node": ("lib/node_modules", "include/node"),
    "go": ("pkg/tool", "src/runtime"),
    "cargo": ("lib/rustlib",),
    "java": ("lib/modules", "jre/lib/rt.jar", "lib/rt.jar"),
}
"""What a directory must hold to be taken for the tool's own, and not for one that programs happen to lie in."""


class Toolchain(Record, frozen=True):
    """Name the directories of one tool."""

    programs: Path
    roots: tuple[Path, ...]


def toolchain_mounts(environment: Mapping[str, str]) -> tuple[Mount, ...]:
    """Answer read-only mounts, each at its own path, for the tools on this environment's PATH."""
    roots = {root for tool in _toolchains(environment) for root in tool.roots if not is_system(str(root))}
    return tuple(Mount(root, str(root)) for root in sorted(roots))


def toolchain_path(environment: Mapping[str, str]) -> str:
    """Answer a PATH for inside: the tools' own directories in place of shims, then the system's."""
    programs = [str(tool.programs) for tool in _toolchains(environment)]
    system = [entry for entry in environment.get("PATH", os.defpath).split(os.pathsep) if is_system(entry)]
    return os.pathsep.join(dict.fromkeys([*programs, *system, "/usr/local/bin", "/usr/bin", "/bin"]))


def _toolchains(environment: Mapping[str, str]) -> Iterator[Toolchain]:
    for tool in LAYOUTS:
        for candidate in _programs(tool, environment):
            found = _toolchain(tool, candidate, environment)
            if found is not None:
                yield found
                break


def _programs(tool: str, environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield where PATH leads, with pyenv's and rustup's stand-ins replaced by what they stand for."""
    for entry in environment.get("PATH", "").split(os.pathsep):
        found = shutil.which(tool, path=entry) if entry.startswith("/") else None
        if found is None:
            continue
        program = Path(found)
        if program.parent.name == "shims":
            yield from _pyenv(tool, program.parent.parent, environment)
        elif program.resolve().name == "rustup":
            yield from _rustup(tool, program, environment)
        else:
            yield program


def _pyenv(tool: str, root: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    wanted = (
        environment.get("PYENV_VERSION", "").split(":") if "PYENV_VERSION" in environment else _lines(root / "version")
    )
    for version in filter(None, wanted):
        if "/" not in version and version != "system":
            exact = root / "versions" / version / "bin" / tool
            newest = sorted((root / "versions").glob(f"{version}.*/bin/{tool}"), key=_release)[-1:]
            yield from (path for path in (exact, *newest) if path.exists())


def _release(program: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in program.parts[-3].split(".") if part.isdigit())


def _rustup(tool: str, program: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    import tomllib

    home = Path(environment.get("RUSTUP_HOME") or program.parent.parent.parent / ".rustup")
    settings = tomllib.loads("\n".join(_lines(home / "settings.toml")))
    name = environment.get("RUSTUP_TOOLCHAIN") or str(settings.get("default_toolchain", "stable"))
    found = (home / "toolchains" / name / "bin" / tool, *sorted((home / "toolchains").glob(f"{name}-*/bin/{tool}")))
    yield from (path for path in found if "/" not in name and path.exists())


def _toolchain(tool: str, program: Path, environment: Mapping[str, str]) -> Toolchain | None:
    real = Path(os.path.realpath(program))
    prefix = real.parent.parent
    if is_system(str(real)):
        base: tuple[Path, ...] = ()
    elif _private(prefix, environment) or not any(any(prefix.glob(mark)) for mark in LAYOUTS[tool]):
        return None
    else:
        base = (prefix,)
    virtual = program.parent.parent
    if (virtual / "pyvenv.cfg").is_file() and not _private(virtual, environment):
        return Toolchain(program.parent, (*base, virtual))
    return Toolchain(real.parent, base)


def _private(directory: Path, environment: Mapping[str, str]) -> bool:
    """Tell whether a directory is a home, holds one, or is the part of one where programs mix with data."""
    homes = [Path(os.path.realpath(home)) for home in (environment.get("HOME"), Path.home()) if home]
    forbidden = set(chain.from_iterable((home, home / ".local", home / ".config", *home.parents) for home in homes))
    return Path(os.path.realpath(directory)) in forbidden


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().split("\n")
    except OSError:
        return []
