"""Processes of other people's code, behind a wall."""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Literal, Protocol

from msgspec import field

from tamma_core.domain.consumption import Consumption
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.record import Record

PROXY_SOCKET = "/run/tamma/proxy.sock"
"""Where a proxy's Unix socket appears inside."""


class ProxySocket(Record, frozen=True):
    """Let a process reach the network only through the proxy at this Unix socket."""

    path: Path


class HostNetwork(Record, frozen=True):
    """Share the host's network; only for the set-up of dependencies, by permission of the configuration."""


class Mount(Record, frozen=True):
    """Show a host path inside, at `inside`."""

    host: Path
    inside: str
    writable: bool = False


class ProcessLimits(Record, frozen=True, kw_only=True):
    """Bound one command and everything that it starts."""

    time_s: float = 120.0
    memory_bytes: int = 4 << 30
    processes: int = 512
    output_bytes: int = 16 << 20
    file_bytes: int = 2 << 30
    """Largest single file."""
    disk_bytes: int = 4 << 30
    """Growth of writable mounts and temporary files together."""
    files: int = 2_000_000
    """How many files may be made; beyond it the command is ended as by `disk`."""
    open_files: int = 4096


LONGEST_WORD_BYTES = 128 * 1024 - 1
WORDS_BYTES = 1 << 20
"""Of all words of a command; Linux takes them while they are less than a quarter of the stack's limit."""


class SandboxSpec(Record, frozen=True, kw_only=True):
    """Describe a command: what it sees, may write, and may use; everything not named is denied.

    System directories with programs and libraries are visible read-only; home, run-time
    and data directories of the host are not. `environment` is complete: nothing is inherited.
    Raises `InvalidInput` for words that no program can be given.
    """

    argv: tuple[str, ...]
    cwd: str
    mounts: tuple[Mount, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    network: ProxySocket | HostNetwork | None = None
    limits: ProcessLimits = field(default_factory=ProcessLimits)
    stdin: bytes | None = None

    def __post_init__(self) -> None:
        """Refuse what the kernel would: models say such words, too."""
        words = [os.fsencode(word) for word in (*self.argv, *self.environment.values())]
        if any(len(word) > LONGEST_WORD_BYTES or b"\0" in word for word in words) or sum(map(len, words)) > WORDS_BYTES:
            raise InvalidInput("the command is too long, or holds a NUL", hint="give it a file")


EndedBy = Literal["exit", "time", "memory", "processes", "output", "disk", "cancelled"]


class ProcessResult(Record, frozen=True, kw_only=True):
    """Tell how a command ended; when it is returned, nothing that it started is alive."""

    exit_code: int
    ended_by: EndedBy
    used: Consumption


class Process(Protocol):
    """Stand for a running command."""

    def output(self) -> AsyncIterator[bytes]:
        """Yield standard output and error together as they come; bounded by `output_bytes`."""
        ...

    async def wait(self) -> ProcessResult:
        """Wait for the end, reading what was not read."""
        ...

    async def kill(self) -> None:
        """End it and everything that it started. Idempotent."""
        ...


class Attack(Record, frozen=True):
    """Hold the result of one attack of the sandbox on itself."""

    name: str
    held: bool
    detail: str = ""


class SandboxReport(Record, frozen=True, kw_only=True):
    """Tell what a sandbox withstood at start."""

    backend: str
    made_by: str = ""
    """The program that made the wall, where there is a choice."""
    attacks: tuple[Attack, ...]

    @property
    def holds(self) -> bool:
        """Tell whether every attack was withstood."""
        return bool(self.attacks) and all(attack.held for attack in self.attacks)


class Sandbox(Protocol):
    """Run commands behind a wall."""

    @property
    def name(self) -> str:
        """Answer the backend's name."""
        ...

    async def prove(self) -> SandboxReport:
        """Attack itself: write outside, read a canary, see the parent's environment, connect out, outlive it."""
        ...

    async def start(self, spec: SandboxSpec) -> Process:
        """Start a command; raise `SandboxUnavailable` when the wall cannot be built."""
        ...
