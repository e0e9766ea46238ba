"""Read which versions a project's lock file names, so that its tests meet the packages that they were written for."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tamma_core.verification.tree import read_toml, table

_READ_BYTES = 16 << 20
_LOCKS = ("uv.lock", "poetry.lock")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!_-]*")


def locked_versions(tree: Path) -> tuple[str, ...]:
    """Answer `name==version` for each package of an index; what a lock names twice depends on the machine and is left open."""
    for name in _LOCKS:
        versions: defaultdict[str, set[str]] = defaultdict(set)
        for package, version in _packages(read_toml(tree, name, _READ_BYTES)):
            versions[package].add(version)
        if versions:
            return tuple(f"{package}=={found.pop()}" for package, found in sorted(versions.items()) if len(found) == 1)
    return ()


def _packages(lock: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    entries = lock.get("package")
    for entry in entries if isinstance(entries, list) else ():
        package, version = (entry.get("name"), entry.get("version")) if isinstance(entry, dict) else (None, None)
        if not (isinstance(package, str) and isinstance(version, str)):
            continue
        if _NAME.fullmatch(package) and _VERSION.fullmatch(version) and _from_index(table(entry, "source")):
            yield package, version


def _from_index(source: Mapping[str, object]) -> bool:
    return not source or "registry" in source or source.get("type") == "legacy"
