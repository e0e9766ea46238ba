"""Read from lock files what a change installs: which packages came along, and which changed their source unseen."""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from tamma_core.domain.guard import Finding
from tamma_core.domain.record import Record
from tamma_core.domain.toml_text import read_toml_text
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found, printable

_SHOWN = 12
_GO = re.compile(r"(?m)^(\S+) (v\S+?)(/go\.mod)? (h1:\S+)$")
_GEM = re.compile(r"(?m)^ {4}([\w.-]+) \(([^)]+)\)$")
_YARN = re.compile(
    r"(?m)^\"?(@?[^@\s\"]+)@[^\n]*:\n\s+version:? \"?([^\"\n]+)\"?\n(?:\s+resolved \"?([^\"\n]+)\"?\n)?(?:\s+integrity (\S+))?"
)
_PNPM = re.compile(r"(?m)^  '?/?(@?[^@\s'/]+(?:/[^@\s']+)?)@([^:'(]+)[^:\n]*:\n\s+resolution: \{([^}]*)\}")


class Locked(Record, frozen=True):
    """Hold one package of a lock file; `source` is where it comes from and what it hashes to."""

    name: str
    version: str
    source: str = ""
    runs: bool = False
    """It says that it runs a program when it is installed."""


def lock_findings(file: FileVersions) -> Iterator[Finding]:
    """Name the packages that a changed lock file brings along, and those that are replaced under the same version."""
    reader = _READERS.get(file.name)
    if reader is None or file.new_text is None:
        return
    try:
        old, new = (tuple(reader(text or "")) for text in (file.old_text, file.new_text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        yield found("lock_file", file.path, "it cannot be read, so what it installs is not known")
        return
    yield from _brought(file.path, old, new)
    yield from _replaced(file.path, old, new)


def _brought(path: str, old: tuple[Locked, ...], new: tuple[Locked, ...]) -> Iterator[Finding]:
    before = {package.name for package in old}
    come = sorted({package.name: package for package in new if package.name not in before}.items())
    if come:
        names = ", ".join(f"`{printable(name)} {printable(package.version)}`" for name, package in come[:_SHOWN])
        more = f" and {len(come) - _SHOWN} more" if len(come) > _SHOWN else ""
        yield found("lock_file", path, f"{len(come)} packages come along: {names}{more}")
    ran = {(package.name, package.version) for package in old if package.runs}
    for package in new:
        if package.runs and (package.name, package.version) not in ran:
            yield found("build_hook", path, f"`{printable(package.name)}` runs a program when it is installed")


def _replaced(path: str, old: tuple[Locked, ...], new: tuple[Locked, ...]) -> Iterator[Finding]:
    sources: dict[tuple[str, str], set[str]] = {}
    for package in old:
        sources.setdefault((package.name, package.version), set()).add(package.source)
    for package in new:
        known = sources.get((package.name, package.version))
        if known is not None and package.source not in known:
            yield found(
                "lock_source",
                path,
                f"`{printable(package.name)} {printable(package.version)}` has another source or hash than before",
            )


def _toml(text: str) -> Iterator[Locked]:
    data = read_toml_text(text)
    for package in data.get("package", data.get("packages", [])):
        # A registry adds files to a version; those that were there keep their hashes.
        source = {key: package[key] for key in ("source", "checksum", "index", "vcs") if key in package}
        yield Locked(package["name"], str(package.get("version", "")), json.dumps(source, sort_keys=True, default=str))


def _npm(text: str) -> Iterator[Locked]:
    data = json.loads(text or "{}")
    for path, package in data.get("packages", {}).items():
        if "node_modules/" in path:
            source = f"{package.get('resolved', '')} {package.get('integrity', '')}"
            yield Locked(
                path.rpartition("node_modules/")[2],
                str(package.get("version", "")),
                source,
                bool(package.get("hasInstallScript")),
            )
    if "packages" not in data:
        yield from (
            Locked(name, str(one.get("version", "")), f"{one.get('resolved', '')} {one.get('integrity', '')}")
            for name, one in data.get("dependencies", {}).items()
        )


def _composer(text: str) -> Iterator[Locked]:
    data = json.loads(text or "{}")
    for package in (*data.get("packages", []), *data.get("packages-dev", [])):
        source = json.dumps([package.get("source"), package.get("dist")], sort_keys=True)
        yield Locked(
            package["name"], str(package.get("version", "")), source, runs=package.get("type") == "composer-plugin"
        )


def _pipfile(text: str) -> Iterator[Locked]:
    data = json.loads(text or "{}")
    for group in ("default", "develop"):
        for name, package in data.get(group, {}).items():
            yield Locked(name, str(package.get("version", "")), str(package.get("index", "")))


def _nuget(text: str) -> Iterator[Locked]:
    for packages in json.loads(text or "{}").get("dependencies", {}).values():
        for name, package in packages.items():
            yield Locked(name, str(package.get("resolved", "")), str(package.get("contentHash", "")))


def _go(text: str) -> Iterator[Locked]:
    for name, version, module, digest in _GO.findall(text):
        yield Locked(name, f"{version}{module}", digest)


def _gems(text: str) -> Iterator[Locked]:
    yield from (Locked(name, version) for name, version in _GEM.findall(text))


def _yarn(text: str) -> Iterator[Locked]:
    yield from (
        Locked(name, version, f"{resolved} {digest}") for name, version, resolved, digest in _YARN.findall(text)
    )


def _pnpm(text: str) -> Iterator[Locked]:
    yield from (Locked(name, version, resolution) for name, version, resolution in _PNPM.findall(text))


_READERS: Mapping[str, Callable[[str], Iterator[Locked]]] = {
    **dict.fromkeys(("uv.lock", "poetry.lock", "pdm.lock", "cargo.lock", "pylock.toml"), _toml),
    **dict.fromkeys(("package-lock.json", "npm-shrinkwrap.json"), _npm),
    "composer.lock": _composer,
    "pipfile.lock": _pipfile,
    "packages.lock.json": _nuget,
    **dict.fromkeys(("go.sum", "go.work.sum"), _go),
    "gemfile.lock": _gems,
    "yarn.lock": _yarn,
    "pnpm-lock.yaml": _pnpm,
}
