"""How a tree is to be tested."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tamma_core.verification.settings import CheckCommand, Command


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
    MAKE = "make"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitePlan:
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


@dataclass(frozen=True, slots=True)
class NoTests:
    """Say why there is nothing to run."""

    reason: str
