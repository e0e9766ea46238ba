"""Attack a sandbox from inside, and judge by what the host sees rather than by what the attacker says."""

import fcntl
import hashlib
import json
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tamma_core.ports.sandbox import Attack, Mount, ProcessLimits, Sandbox, SandboxSpec
from tamma_core.sandbox.attack_script import ATTACKS
from tamma_core.sandbox.system import is_system

LIMITS = ProcessLimits(time_s=20, memory_bytes=1 << 30, processes=64, disk_bytes=1 << 26)


@dataclass(frozen=True, slots=True)
class Bait:
    """Hold what the host lays out for the attacks, and reads afterwards."""

    workspace: Path
    victim: Path
    canary: str
    loopback: socket.socket
    abstract: socket.socket

    def aim(self) -> bytes:
        """Tell the attacker where to aim."""
        aim = {
            "workspace": str(self.workspace),
            "victim": str(self.victim),
            "canary": str(self.victim / "canary"),
            "parent": os.getpid(),
            "port": self.loopback.getsockname()[1],
            "abstract": self.abstract.getsockname()[1:].decode(),
        }
        return json.dumps(aim).encode()


async def attack(sandbox: Sandbox) -> tuple[Attack, ...]:
    """Run all attacks in one command; what did not run counts as not withstood."""
    with _bait() as bait:
        said = await _run(sandbox, bait)
        try:
            got = {str(name): str(value) for name, value in json.loads(said.splitlines()[-1]).items()}
        except (ValueError, IndexError, AttributeError):
            detail = f"the attacks did not run: {said[-300:].decode(errors='replace').strip()!r}"
            return tuple(Attack(name, held=False, detail=detail) for name in ATTACKS)
        return tuple(_judged(name, got.get(name), bait) for name in ATTACKS)


async def _run(sandbox: Sandbox, bait: Bait) -> bytes:
    script = files("tamma_core.sandbox").joinpath("attack_script.py").read_text()
    spec = SandboxSpec(
        argv=(_python(), "-I", "-S", "-c", script),
        cwd=str(bait.workspace),
        mounts=(Mount(bait.workspace, str(bait.workspace), writable=True), *_interpreter()),
        environment={"LANG": "C.UTF-8"},
        limits=LIMITS,
        stdin=bait.aim(),
    )
    process = await sandbox.start(spec)
    said = b"".join([chunk async for chunk in process.output()])
    await process.wait()
    return said


def _python() -> str:
    return os.path.realpath(sys.executable)


def _interpreter() -> tuple[Mount, ...]:
    prefixes = {os.path.realpath(prefix) for prefix in (sys.base_prefix, sys.base_exec_prefix)}
    return tuple(Mount(Path(prefix), prefix) for prefix in sorted(prefixes) if not is_system(prefix))


def _judged(name: str, got: str | None, bait: Bait) -> Attack:
    if got is None:
        return Attack(name, held=False, detail="it did not run")
    detail = _damage(name, got, bait)
    return Attack(name, held=not detail, detail=detail)


def _damage(name: str, got: str, bait: Bait) -> str:
    """Say what an attack achieved, without repeating what it read; nothing when it was withstood."""
    match name:
        case "write outside":
            return f"wrote {got or bait.victim}" if got or (bait.victim / "written").exists() else ""
        case "read a canary":
            return "read a file outside the workspace" if bait.canary in got else ""
        case "read the parent's environment":
            own = Path("/proc/self/environ").read_bytes()
            return "read it through /proc" if own and hashlib.sha256(own).hexdigest() in got.split() else ""
        case "connect to loopback":
            return "reached a service of the host" if got or _reached(bait.loopback) else ""
        case "connect to an abstract socket":
            return "reached a service of the host" if got or _reached(bait.abstract) else ""
        case "follow a link out":
            written = (bait.victim / "through-link").exists()
            return "went through the link" if written or bait.canary in got else ""
        case "nest a user namespace":
            return got
        case "outlive the command":
            return "a daemon is alive" if got != "left" or _locked(bait.workspace / "lock") else ""
        case _:
            return "nobody knows how to judge it"


def _reached(listener: socket.socket) -> bool:
    with suppress(BlockingIOError):
        listener.accept()[0].close()
        return True
    return False


def _locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def _bait() -> Iterator[Bait]:
    with ExitStack() as stack:
        workspace = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tamma-attack-"))).resolve()
        victim = Path(stack.enter_context(_private_directory())).resolve()
        canary = secrets.token_hex(16)
        (victim / "canary").write_text(canary)
        (workspace / "out").symlink_to(victim)
        loopback = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0tamma-{secrets.token_hex(8)}")
        abstract.listen()
        for listener in (loopback, abstract):
            listener.settimeout(0)
        yield Bait(workspace, victim, canary, loopback, abstract)


def _private_directory() -> tempfile.TemporaryDirectory[str]:
    """Make a directory in the user's home, where what is worth stealing lies; without a home, among temporary files."""
    try:
        return tempfile.TemporaryDirectory(prefix=".tamma-attack-", dir=Path.home())
    except (OSError, RuntimeError):
        return tempfile.TemporaryDirectory(prefix="tamma-victim-")
