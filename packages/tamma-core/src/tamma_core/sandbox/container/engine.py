"""What is said to every container engine alike, and what each has its own words for."""

import asyncio
import os
from collections.abc import Mapping
from typing import Protocol

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.record import Record
from tamma_core.sandbox.container.place import Place

PASSED = ("PATH", "HOME", "USER", "TMPDIR", "DBUS_SESSION_BUS_ADDRESS")
CALL_S = 60.0
HINT = "install podman, or docker and run as an ordinary user who may use it, or choose another sandbox level"


class Command(Record, frozen=True, kw_only=True):
    """Name an engine's program, the options that come before each of its commands, and its environment."""

    words: tuple[str, ...]
    environment: Mapping[str, str]

    async def call(self, *arguments: str, given: bytes = b"") -> str:
        """Answer what a command of the engine said; raise `SandboxUnavailable` with its words when it fails."""
        told = f"`{self.words[0]} {arguments[0]}`"
        try:
            process = await asyncio.create_subprocess_exec(
                *(*self.words, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self.environment,
            )
        except OSError as error:
            raise SandboxUnavailable(f"{told} cannot be run: {error.strerror}", hint=HINT) from error
        try:
            async with asyncio.timeout(CALL_S):
                said, complaint = await process.communicate(given)
        except TimeoutError as error:
            process.kill()
            await process.wait()
            raise SandboxUnavailable(f"{told} did not end within {CALL_S:g} s", hint=HINT) from error
        if process.returncode != 0:
            reason = complaint.decode(errors="replace").strip()[-500:]
            raise SandboxUnavailable(f"{told} failed: {reason}", hint=HINT)
        return said.decode(errors="replace")


class Facts(Record, frozen=True, kw_only=True):
    """Hold what was found of an engine."""

    name: str
    command: Command
    bounds_memory: bool
    bounds_processes: bool
    uid: int
    """The command's user, as the container numbers it: outside it is the harness's own."""
    gid: int
    own_users: bool
    """Whether the container numbers its users by itself: where not, the kernel counts the harness's with the command's."""


class Engine(Protocol):
    """Say what the engines do not agree on."""

    @property
    def facts(self) -> Facts:
        """Answer what was found of it."""
        ...

    @property
    def options(self) -> tuple[str, ...]:
        """Answer the options of `run` that this engine alone has or needs."""
        ...

    @property
    def removal(self) -> tuple[str, ...]:
        """Answer the command that removes a container at once, its name left out."""
        ...

    @property
    def listing(self) -> str:
        """Answer the format in which `ps` tells a container's id and, after a blank, its label."""
        ...

    async def root(self, place: Place) -> tuple[str, ...]:
        """Answer what comes last before the program: the container's bare root, made if need be."""
        ...

    async def first_process(self, container: str, place: Place) -> int:
        """Answer the number of the container's first process, as this machine numbers it."""
        ...


def surroundings(*prefixes: str) -> dict[str, str]:
    """Answer the environment of an engine's command: no key of ours is in it, and nothing of it gets inside."""
    return {name: value for name, value in os.environ.items() if name in PASSED or name.startswith(prefixes)}
