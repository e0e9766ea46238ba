"""How a tree is to be tested."""

import posixpath
from collections.abc import Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import pairwise

from msgspec import field

from tamma_core.domain.record import Record
from tamma_core.verification.settings import CheckCommand, Command

_UNITTEST = "test*.py"
_START = frozenset({"-s", "--start-directory"})
_PATTERN = frozenset({"-p", "--pattern"})


def fits(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether a path is meant by a pattern of a file's name, or of the end of a path."""
    return any(fnmatchcase(f"/{path}", f"*/{form}") for form in patterns)


class Runner(StrEnum):
    """Name the programs whose results can be read test by test; `other` tells only its exit code."""

    PYTEST = "pytest"
    UNITTEST = "unittest"
    NODE = "node"
    JEST = "jest"
    VITEST = "vitest"
    MOCHA = "mocha"
    TAPE = "tape"
    GO = "go"
    CARGO = "cargo"
    MAVEN = "maven"
    GRADLE = "gradle"
    CTEST = "ctest"
    MESON = "meson"
    RSPEC = "rspec"
    MINITEST = "minitest"
    PHPUNIT = "phpunit"
    DOTNET = "dotnet"
    MAKE = "make"
    OTHER = "other"


class SuitePlan(Record, frozen=True, kw_only=True):
    """Hold the command that runs the tests, without report options, and what it needs."""

    runner: Runner
    command: Command
    source: str
    """Where it comes from, for a person."""
    setup: tuple[Command, ...] = ()
    warm_up: tuple[Command, ...] = ()
    """Steps after the set-up that need no network and may fail: compilers fill their caches."""
    checks: tuple[CheckCommand, ...] = ()
    dependency_files: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    builds: bool = False
    """Whether running leaves files among the sources."""

    patterns: tuple[str, ...] = ()
    """Names of files that pytest's settings have it collect."""
    look_in: tuple[str, ...] = ()
    """Where pytest's settings have it look, everywhere if they name no place."""
    test_folders: tuple[str, ...] = ()
    """Of these places, those that hold tests above all, though they are not called so."""

    def collects(self, path: str) -> bool:
        """Tell whether the runner takes a file for tests that is none to others: unittest's own pattern needs no underscore."""
        patterns, places = self._collection()
        if not path.endswith(".py") or not fits(path, patterns):
            return False
        return not places or any(place == "." or fnmatchcase(path, f"{place}/*") for place in places)

    def _collection(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if self.runner is Runner.PYTEST:
            return self.patterns, self.look_in
        if self.runner is not Runner.UNITTEST:
            return (), ()
        given = {
            flags: tuple(value for flag, value in pairwise(self.command) if flag in flags)
            for flags in (_PATTERN, _START)
        }
        return (_UNITTEST, *given[_PATTERN]), tuple(map(posixpath.normpath, given[_START]))


class NoTests(Record, frozen=True):
    """Say why there is nothing to run."""

    reason: str
