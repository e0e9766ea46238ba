"""Prove that a program is built once, and again only if the cached one does not work."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from services.building import BuildError, Recipe, built, cache_root, is_built

PROGRAM = "#!/bin/sh\necho tool 1.2.3\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache_root()


def recipe(builds: list[Path], program: str = PROGRAM) -> Recipe:
    """Return a recipe that writes a script and counts how often it is followed."""

    def build(directory: Path) -> None:
        builds.append(directory)
        (directory / "tool").write_text(program)
        (directory / "tool").chmod(0o755)

    return Recipe("tool", "1.2.3", "tool", "no time", build)


def test_two_at_once_build_once(cache: Path) -> None:
    """Of two that ask at the same time one builds and the other waits for it."""
    builds: list[Path] = []
    with ThreadPoolExecutor(2) as pool:
        programs = list(pool.map(built, [recipe(builds)] * 2))
    assert programs == [cache / "tool-1.2.3" / "tool"] * 2
    assert len(builds) == 1


@pytest.mark.parametrize("broken", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho tool 0.9\n", "not a program"])
def test_broken_program_is_built_again(cache: Path, broken: str) -> None:
    """A cached program that does not run, or is of another version, is replaced."""
    builds: list[Path] = []
    program = built(recipe(builds))
    program.write_text(broken)
    assert not is_built(recipe(builds))
    assert built(recipe(builds)).read_text() == PROGRAM
    assert sorted(path.name for path in cache.iterdir()) == ["tool-1.2.3", "tool-1.2.3.lock"]


def test_failed_build_leaves_nothing(cache: Path) -> None:
    """A build whose program does not work is an error and never becomes the cached one."""
    with pytest.raises(BuildError, match="`--version` does not work"):
        built(recipe([], program="#!/bin/sh\nexit 1\n"))
    assert [path.name for path in cache.iterdir()] == ["tool-1.2.3.lock"]
