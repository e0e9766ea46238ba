"""What a repository's configuration says about its tests."""

from collections.abc import Mapping

from msgspec import field

from tamma_core.domain.record import Record
from tamma_core.domain.task import SetupNetwork
from tamma_core.ports.sandbox import ProcessLimits

Command = tuple[str, ...]


class CheckCommand(Record, frozen=True, kw_only=True):
    """Name a further command that has to succeed: a linter, a type check, a build."""

    name: str
    command: Command


class VerificationSettings(Record, frozen=True, kw_only=True):
    """Say how to test; what is left empty is detected from the base."""

    test_command: Command = ()
    setup_commands: tuple[Command, ...] | None = None
    checks: tuple[CheckCommand, ...] | None = None
    dependency_files: tuple[str, ...] = ()
    """Further files that the set-up reads, beside the detected ones."""
    environment: Mapping[str, str] = field(default_factory=dict)
    setup_network: SetupNetwork = SetupNetwork.NONE
    repeats: int = 2
    test_limits: ProcessLimits = field(default_factory=lambda: ProcessLimits(time_s=1200.0))
    setup_limits: ProcessLimits = field(default_factory=lambda: ProcessLimits(time_s=900.0))
