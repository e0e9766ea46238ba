"""Find a container engine, and call it."""

import asyncio
import json
import os
import shutil

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.record import Record

PASSED = ("PATH", "HOME", "USER", "TMPDIR", "DBUS_SESSION_BUS_ADDRESS")
PREFIXES = ("XDG_", "CONTAINER", "DOCKER_")
"""What an engine's own command needs to know; no key of ours is among it, and nothing of it gets inside."""
CALL_S = 60.0
HINT = "install podman, or choose another sandbox level"


class Engine(Record, frozen=True, kw_only=True):
    """Name an engine's command, and what it can bound here."""

    program: str
    runtime: tuple[str, ...]
    """Which of the low-level runtimes to use, where the engine has to be told."""
    bounds_memory: bool
    bounds_processes: bool


def surroundings() -> dict[str, str]:
    """Answer the environment of the engine's command."""
    return {name: value for name, value in os.environ.items() if name in PASSED or name.startswith(PREFIXES)}


async def call(program: str, *arguments: str) -> str:
    """Run the engine's command and answer what it said; raise `SandboxUnavailable` with its words when it fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(program, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=surroundings(),
        )
    except OSError as error:
        raise SandboxUnavailable(f"`{program}` cannot be run: {error.strerror}", hint=HINT) from error
    try:
        async with asyncio.timeout(CALL_S):
            said, complaint = await process.communicate()
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise SandboxUnavailable(f"`{program} {arguments[0]}` did not end within {CALL_S:g} s", hint=HINT) from error
    if process.returncode != 0:
        reason = complaint.decode(errors="replace").strip()[-500:]
        raise SandboxUnavailable(f"`{program} {arguments[0]}` failed: {reason}", hint=HINT)
    return said.decode(errors="replace")


async def find_engine() -> Engine:
    """Answer podman where it can be used; raise `SandboxUnavailable` with the reason where not."""
    program = shutil.which("podman")
    if program is None:
        raise SandboxUnavailable("there is no `podman` on PATH", hint=HINT)
    host = json.loads(await call(program, "info", "--format", "json"))["host"]
    controllers = host.get("cgroupControllers") or ()
    everything = host.get("cgroupVersion") == "v1" and not host["security"]["rootless"]
    return Engine(
        program=program,
        runtime=_runtime(host),
        bounds_memory=everything or "memory" in controllers,
        bounds_processes=everything or "pids" in controllers,
    )


def _runtime(host: "dict[str, dict[str, str]]") -> tuple[str, ...]:
    """Take another runtime when the one that is configured is not installed."""
    path = host.get("ociRuntime", {}).get("path", "")
    if path and os.path.exists(path):  # noqa: PTH110 - it is only asked for
        return ()
    other = next(filter(None, map(shutil.which, ("crun", "runc"))), None)
    return () if other is None else ("--runtime", other)
