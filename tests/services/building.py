"""Build a test service's program once and keep it outside the checkout."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class BuildError(RuntimeError):
    """Say that a program could not be built, with the end of the build's output."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Describe how one program comes into the cache."""

    name: str
    version: str
    program: str
    minutes: str
    build: Callable[[Path], None]
    """Build into the (empty) directory given; the program is `directory / program`."""


def cache_root() -> Path:
    """Return the directory under which all development caches lie."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "tamma-dev"


def is_built(recipe: Recipe) -> bool:
    """Tell whether the cache holds a program of this recipe that runs."""
    return _runs(cache_root() / f"{recipe.name}-{recipe.version}" / recipe.program, recipe.version)


def built(recipe: Recipe) -> Path:
    """Return the cached program, building it first if it is absent or does not run.

    Two processes that ask at once build once: the second waits for the first.
    """
    place = cache_root() / f"{recipe.name}-{recipe.version}"
    program = place / recipe.program
    with locked(place):
        if _runs(program, recipe.version):
            return program
        _say(f"building {recipe.name} {recipe.version} into {place}: {recipe.minutes}, once")
        started = time.monotonic()
        with _fresh_directory(place) as directory:
            recipe.build(directory)
            if not _runs(directory / recipe.program, recipe.version):
                raise BuildError(f"{recipe.name} was built, but `--version` does not work")
        _say(f"built {recipe.name} {recipe.version} in {time.monotonic() - started:.0f} s")
    return program


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Hold the lock of one cache entry; the kernel frees it if this process dies."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: Sequence[str], cwd: Path, extra: Mapping[str, str]) -> str:
    """Run a build command and return its output, or raise `BuildError`."""
    result = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **extra},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        end = (result.stderr or result.stdout)[-3000:]
        raise BuildError(f"`{' '.join(command[:3])} …` ended with {result.returncode}\n{end}")
    return result.stdout


@contextmanager
def _fresh_directory(place: Path) -> Iterator[Path]:
    """Yield an empty directory that becomes `place` in one step if nothing goes wrong."""
    directory = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
    try:
        yield directory
        if place.exists():
            shutil.rmtree(place)
        directory.rename(place)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _runs(program: Path, version: str) -> bool:
    if not program.is_file():
        return False
    try:
        result = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return False
    return result.returncode == 0 and version in result.stdout + result.stderr


def _say(line: str) -> None:
    print(f"services: {line}", file=sys.stderr, flush=True)
