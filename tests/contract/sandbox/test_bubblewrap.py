"""Bubblewrap keeps the whole contract, and each attack gets through when its defence is taken out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from contract.sandbox.harness import children, dies_with_its_harness, keeps_its_files
from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.ports.sandbox import Sandbox, SandboxSpec
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.opening import open_sandbox
from tamma_core.sandbox.program import BubblewrapProgram
from tamma_core.testing.sandbox_contract import WallContract

ROOT = os.geteuid() == 0


class TestBubblewrap(WallContract):
    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return Bubblewrap()


class Weakened(Bubblewrap):
    """Leave defences out: options by name, each with its values; `filters`; or the hidden file system."""

    def __init__(self, *left_out: str, show_everything: bool = False) -> None:
        super().__init__()
        self._left_out = left_out
        self._show_everything = show_everything

    def options(self, spec: SandboxSpec, program: BubblewrapProgram) -> tuple[str, ...]:
        grouped: list[list[str]] = []
        for word in super().options(spec, program):
            if word.startswith("--"):
                grouped.append([])
            grouped[-1].append(word)
        kept = [group for group in grouped if not self._loses(group)]
        if self._show_everything:
            kept += [*host_directories(), ["--proc", "/proc"]]
        return tuple(word for group in kept for word in group)

    def filters(self) -> tuple[bytes, ...]:
        return () if "filters" in self._left_out else super().filters()

    def _loses(self, group: list[str]) -> bool:
        option = group[0]
        files = ("--ro-bind", "--bind", "--symlink", "--tmpfs", "--perms", "--size", "--dir", "--dev", "--remount-ro")
        return (
            option in self._left_out or " ".join(group) in self._left_out or (self._show_everything and option in files)
        )


def host_directories() -> list[list[str]]:
    """Show the whole host, writable, but for what the sandbox itself needs a place for."""
    shown = [path for path in sorted(Path("/").iterdir()) if path.name not in {"dev", "proc", "run", "sys"}]
    links = [["--symlink", str(path.readlink()), str(path)] for path in shown if path.is_symlink()]
    return links + [["--bind", str(path), str(path)] for path in shown if path.is_dir() and not path.is_symlink()]


NO_NAMESPACE = ("--unshare-pid", "--as-pid-1", "--die-with-parent")
NO_USER = ("--unshare-user", "--uid", "--gid", "--disable-userns", "--cap-drop")
TAKEN_OUT = [
    ("write outside", Weakened(show_everything=True)),
    ("read a canary", Weakened(show_everything=True)),
    ("follow a link out", Weakened(show_everything=True)),
    ("connect to loopback", Weakened("--unshare-net")),
    ("connect to an abstract socket", Weakened("--unshare-net")),
    ("connect to a socket by its path", Weakened(show_everything=True)),
    ("send a datagram", Weakened("--unshare-net")),
    ("change a mode outside", Weakened(show_everything=True)),
    ("nest a user namespace", Weakened("--disable-userns", "filters")),
    ("use io_uring", Weakened("filters")),
]
if ROOT:
    # Only root gets as far as this without a user namespace; everybody else is shown by the level `none`.
    TAKEN_OUT += [
        ("read the parent's environment", Weakened(*NO_NAMESPACE, *NO_USER)),
        ("outlive the command", Weakened(*NO_NAMESPACE, *NO_USER)),
        ("limit a process outside", Weakened(*NO_NAMESPACE, *NO_USER)),
        ("signal a process outside", Weakened(*NO_NAMESPACE, *NO_USER)),
        ("trace a process outside", Weakened(*NO_NAMESPACE, *NO_USER)),
        ("mount a file system", Weakened(*NO_USER, "filters")),
        ("change a device", Weakened("--dev-bind")),
        ("set the kernel", Weakened("--ro-bind /proc/sys /proc/sys")),
    ]


@pytest.mark.parametrize(("name", "sandbox"), TAKEN_OUT, ids=[name for name, _ in TAKEN_OUT])
async def test_attack_gets_through_without_its_defence(name: str, sandbox: Weakened) -> None:
    """The report sees the hole that was made, by the attack's own success."""
    report = await sandbox.prove()
    attack = next(attack for attack in report.attacks if attack.name == name)
    assert not attack.held
    assert "did not run" not in attack.detail
    assert not report.holds


AS_THE_FIRST = """
import asyncio, os
from tamma_core.sandbox.bubblewrap import Bubblewrap
report = asyncio.run(Bubblewrap().prove())
print(os.getpid(), [attack for attack in report.attacks if not attack.held])
"""


def test_a_process_inside_is_not_taken_for_the_harness_of_the_same_number() -> None:
    """The first process of a container of its own has the number that the first process inside has, and finds a wall that holds."""
    users = () if ROOT else ("--user", "--map-root-user")
    words = ("unshare", *users, "--pid", "--fork", "--mount-proc", sys.executable, "-c", AS_THE_FIRST)
    assert subprocess.run(words, check=True, capture_output=True, text=True).stdout == "1 []\n"


async def test_no_wall_no_command(workspace: Path) -> None:
    """A wall that bubblewrap cannot build is an error with bubblewrap's words, not a command without a wall."""
    spec = SandboxSpec(argv=("true",), cwd="/nowhere", mounts=())
    with pytest.raises(SandboxUnavailable, match="nowhere"):
        await Bubblewrap().start(spec)
    assert not list(workspace.iterdir())


async def test_dies_with_the_harness(workspace: Path) -> None:
    """SIGKILL of the harness ends everything inside: the lock that a daemon held there comes free."""
    assert await dies_with_its_harness(Bubblewrap, workspace)


async def test_descriptors_are_given_back(workspace: Path) -> None:
    """Many commands, ended, killed and failed, leave no descriptor and no child behind."""
    sandbox = Bubblewrap()
    spec = SandboxSpec(argv=("true",), cwd="/tmp", mounts=())
    await (await sandbox.start(spec)).wait()
    before, running = descriptors(), children()
    for _ in range(30):
        await (await sandbox.start(spec)).wait()
        await (await sandbox.start(spec)).kill()
        with pytest.raises(SandboxUnavailable):
            await sandbox.start(SandboxSpec(argv=("true",), cwd="/nowhere", mounts=()))
    assert descriptors() == before
    assert children() == running


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_secrets_stay_out_of_the_argument_list(workspace: Path) -> None:
    """No process on the host shows a value of the environment in its arguments."""
    spec = SandboxSpec(argv=("sleep", "60"), cwd="/tmp", mounts=(), environment={"TOKEN": "token-of-the-test-7194"})
    process = await Bubblewrap().start(spec)
    shown = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _readable(path)]
    await process.kill()
    assert any(b"bwrap" in line for line in shown)
    assert not any(b"token-of-the-test-7194" in line for line in shown)


def _readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("level", ["auto", "bubblewrap"])
async def test_opens_proven(level: str) -> None:
    """Opening answers a sandbox whose proof holds already."""
    sandbox = await open_sandbox("auto" if level == "auto" else "bubblewrap")
    assert sandbox.name == "bubblewrap"
    assert (await sandbox.prove()).holds


async def test_a_command_outlives_its_sandbox() -> None:
    """Who drops the sandbox does not take the files of a running command away."""
    assert await keeps_its_files(Bubblewrap)
