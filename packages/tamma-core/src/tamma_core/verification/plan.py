"""How a tree is to be tested."""

import posixpath
import re
from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise

from msgspec import field

from tamma_core.domain.record import Record
from tamma_core.verification.settings import CheckCommand, Command

_UNITTEST = re.compile(r"test.*\.py")
_START = frozenset({"-s", "--start-directory"})


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

    def collects(self, path: str) -> bool:
        """Tell whether the runner takes a file for tests that is none to others: unittest's own pattern needs no underscore."""
        if self.runner is not Runner.UNITTEST or not _UNITTEST.fullmatch(posixpath.basename(path)):
            return False
        starts = [posixpath.normpath(place) for flag, place in pairwise(self.command) if flag in _START]
        return not starts or any(place == "." or path.startswith(f"{place}/") for place in starts)


class NoTests(Record, frozen=True):
    """Say why there is nothing to run."""

    reason: str
