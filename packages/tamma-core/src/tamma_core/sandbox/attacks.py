"""Attack a sandbox from inside, and judge by what the host sees rather than by what the attacker says."""

import fcntl
import hashlib
import json
import os
import resource
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.resources import files
from pathlib import Path

from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Attack, Mount, ProcessLimits, ProcessResult, Sandbox, SandboxSpec
from tamma_core.sandbox.attack_script import ATTACKS
from tamma_core.sandbox.interpreter import PYTHON, interpreter
from tamma_core.sandbox.process_table import tick_of_begin

MULTIPLY = "multiply without end"
"""Withstood when it is ended, and so run by itself."""
DEVICE = Path("/dev/full")
CANARY_MODE, TAKEN = 0o600, 3
SIGNAL_S = 0.02
"""A signal has been delivered long before, were it let through."""
LIMITS = ProcessLimits(time_s=20, memory_bytes=1 << 30, processes=64, disk_bytes=1 << 26)


class Bait(Record, frozen=True):
    """Hold what the host lays out for the attacks, and reads afterwards."""

    workspace: Path
    victim: Path
    canary: str
    loopback: socket.socket
    datagrams: socket.socket
    abstract: socket.socket
    named: socket.socket
    other: subprocess.Popen[bytes]

    def aim(self, attacks: tuple[str, ...]) -> bytes:
        """Tell the attacker where to aim."""
        aim = {
            "attacks": attacks,
            "other": self.other.pid,
            "socket": self.named.getsockname(),
            "workspace": str(self.workspace),
            "victim": str(self.victim),
            "canary": str(self.victim / "canary"),
            "parent": os.getpid(),
            "device": str(DEVICE),
            "began": {pid: tick_of_begin(pid) for pid in (os.getpid(), self.other.pid)},
            "port": self.loopback.getsockname()[1],
            "abstract": self.abstract.getsockname()[1:].decode(),
        }
        return json.dumps(aim).encode()


async def attack(sandbox: Sandbox) -> tuple[Attack, ...]:
    """Run all attacks; what did not run counts as not withstood."""
    with _bait() as bait:
        alone = tuple(name for name in ATTACKS if name != MULTIPLY)
        said, _ = await _run(sandbox, bait, alone)
        try:
            got = {str(name): str(value) for name, value in json.loads(said.splitlines()[-1]).items()}
        except (ValueError, IndexError, AttributeError):
            detail = f"the attacks did not run: {said[-300:].decode(errors='replace').strip()!r}"
            return tuple(Attack(name, held=False, detail=detail) for name in ATTACKS)
        judged = tuple(_judged(name, got.get(name), bait) for name in alone)
        _, result = await _run(sandbox, bait, (MULTIPLY,))
        ended = result.ended_by == "processes"
        return (*judged, Attack(MULTIPLY, held=ended, detail="" if ended else f"ended by {result.ended_by}"))


async def _run(sandbox: Sandbox, bait: Bait, attacks: tuple[str, ...]) -> tuple[bytes, ProcessResult]:
    script = files("tamma_core.sandbox").joinpath("attack_script.py").read_text()
    spec = SandboxSpec(
        argv=(*PYTHON, "-c", script),
        cwd=str(bait.workspace),
        mounts=(Mount(bait.workspace, str(bait.workspace), writable=True), *interpreter()),
        environment={"LANG": "C.UTF-8"},
        limits=LIMITS,
        stdin=bait.aim(attacks),
    )
    process = await sandbox.start(spec)
    said = b"".join([chunk async for chunk in process.output()])
    return said, await process.wait()


def _judged(name: str, got: str | None, bait: Bait) -> Attack:
    if got is None:
        return Attack(name, held=False, detail="it did not run")
    detail = _damage(name, got, bait)
    return Attack(name, held=not detail, detail=detail)


def _damage(name: str, got: str, bait: Bait) -> str:
    """Say what an attack achieved, without repeating what it read; nothing when it was withstood."""
    judge = JUDGES.get(name)
    return got if judge is None else judge(got, bait)


def _wrote(got: str, bait: Bait) -> str:
    return f"wrote {got or bait.victim}" if got or (bait.victim / "written").exists() else ""


def _read_canary(got: str, bait: Bait) -> str:
    return "read a file outside the workspace" if bait.canary in got else ""


def _read_environment(got: str, _: Bait) -> str:
    own = Path("/proc/self/environ").read_bytes()
    return "read it through /proc" if own and hashlib.sha256(own).hexdigest() in got.split() else ""


def _followed(got: str, bait: Bait) -> str:
    return "went through the link" if (bait.victim / "through-link").exists() or bait.canary in got else ""


def _changed(got: str, bait: Bait) -> str:
    return got or ("changed it" if (bait.victim / "canary").stat().st_mode & 0o777 != CANARY_MODE else "")


def _changed_device(got: str, _: Bait) -> str:
    hosts = DEVICE.stat()
    return "changed a device of the host" if got == f"{hosts.st_dev}:{hosts.st_ino}" else ""


def _signalled(_: str, bait: Bait) -> str:
    with suppress(subprocess.TimeoutExpired):
        bait.other.wait(timeout=SIGNAL_S)
        return "killed a process of the host"
    return ""


def _limited(_: str, bait: Bait) -> str:
    with suppress(ProcessLookupError):
        return "lowered its limits" if resource.prlimit(bait.other.pid, resource.RLIMIT_NOFILE)[0] == TAKEN else ""
    return ""


def _outlived(got: str, bait: Bait) -> str:
    return "a daemon is alive" if got != "left" or _locked(bait.workspace / "lock") else ""


def _reaches(listener: Callable[[Bait], socket.socket]) -> Callable[[str, Bait], str]:
    return lambda got, bait: "reached a service of the host" if got or _reached(listener(bait)) else ""


JUDGES: dict[str, Callable[[str, Bait], str]] = {
    "write outside": _wrote,
    "read a canary": _read_canary,
    "read the parent's environment": _read_environment,
    "connect to loopback": _reaches(lambda bait: bait.loopback),
    "connect to an abstract socket": _reaches(lambda bait: bait.abstract),
    "connect to a socket by its path": _reaches(lambda bait: bait.named),
    "send a datagram": _reaches(lambda bait: bait.datagrams),
    "follow a link out": _followed,
    "change a mode outside": _changed,
    "change a device": _changed_device,
    "signal a process outside": _signalled,
    "limit a process outside": _limited,
    "outlive the command": _outlived,
}
"""Of the others only the attacker can tell."""


def _reached(listener: socket.socket) -> bool:
    with suppress(BlockingIOError):
        if listener.type == socket.SOCK_DGRAM:
            return bool(listener.recv(1))
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
        (victim / "canary").chmod(CANARY_MODE)
        (workspace / "out").symlink_to(victim)
        loopback = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        datagrams = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        datagrams.bind(loopback.getsockname())
        abstract = _listening(f"\0tamma-{secrets.token_hex(8)}", stack)
        named = _listening(str(victim / "socket"), stack)
        for listener in (loopback, datagrams, abstract, named):
            listener.settimeout(0)
        open_file = stack.enter_context((victim / "canary").open())
        os.set_inheritable(open_file.fileno(), True)  # noqa: FBT003 - its only parameter
        other = subprocess.Popen(("sleep", "60"))
        stack.callback(_ended, other)
        yield Bait(workspace, victim, canary, loopback, datagrams, abstract, named, other)


def _listening(address: str, stack: ExitStack) -> socket.socket:
    listener = stack.enter_context(socket.socket(socket.AF_UNIX))
    listener.bind(address)
    listener.listen()
    return listener


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _private_directory() -> tempfile.TemporaryDirectory[str]:
    """Make a directory in the user's home, where what is worth stealing lies; without a home, among temporary files."""
    try:
        return tempfile.TemporaryDirectory(prefix=".tamma-attack-", dir=Path.home())
    except (OSError, RuntimeError):
        return tempfile.TemporaryDirectory(prefix="tamma-victim-")
