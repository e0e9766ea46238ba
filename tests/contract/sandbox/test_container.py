"""A container engine makes a wall that keeps the contract, and each attack gets through when its defence is taken out."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from contract.sandbox.harness import dies_with_its_harness
from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.ports.sandbox import Mount, Sandbox, SandboxSpec
from tamma_core.sandbox.container.backend import Container
from tamma_core.sandbox.container.engine import Engine
from tamma_core.testing.sandbox_contract import WallContract

pytestmark = pytest.mark.needs("podman")


class TestContainer(WallContract):
    gaps: ClassVar = {
        "test_hides_the_system_s_secrets": "/sys is there, and empty but for a name",
        "test_cannot_read_the_system_s_secrets": "the name of an empty /sys/fs/cgroup is there",
    }

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return Container()


class Weakened(Container):
    """Leave defences out: arguments by their words, more mounts, or the filters."""

    def __init__(self, *left_out: str, shown: tuple[Mount, ...] = (), more: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._left_out = left_out
        self._shown = shown
        self._more = more

    def arguments(self, spec: SandboxSpec, engine: Engine, mounts: tuple[Mount, ...]) -> tuple[str, ...]:
        words = super().arguments(spec, engine, (*mounts, *self._shown))
        return (*(self._kept(words)), *self._more)

    def _kept(self, words: tuple[str, ...]) -> list[str]:
        kept: list[str] = []
        for word in words:
            if kept and kept[-1] in self._left_out:
                kept[-1:] = []
            else:
                kept.append(word)
        return kept

    def filters(self) -> tuple[bytes, ...]:
        return () if "filters" in self._left_out else super().filters()


HOME = (Mount(Path.home(), str(Path.home()), writable=True),)
UNFILTERED = ("--security-opt", "seccomp=unconfined")
HOST_NETWORK = ("--network", "host")
TAKEN_OUT = [
    ("connect to loopback", Weakened("--network", more=HOST_NETWORK)),
    ("connect to an abstract socket", Weakened("--network", more=HOST_NETWORK)),
    ("send a datagram", Weakened("--network", more=HOST_NETWORK)),
    ("nest a user namespace", Weakened("filters", more=UNFILTERED)),
    ("use io_uring", Weakened("filters", more=UNFILTERED)),
    ("signal a process outside", Weakened(more=("--pid", "host"))),
    ("write outside", Weakened(shown=HOME)),
    ("read a canary", Weakened(shown=HOME)),
    ("follow a link out", Weakened(shown=HOME)),
    ("change a mode outside", Weakened(shown=HOME)),
    ("connect to a socket by its path", Weakened(shown=HOME)),
]


@pytest.mark.parametrize(("name", "sandbox"), TAKEN_OUT, ids=[name for name, _ in TAKEN_OUT])
async def test_attack_gets_through_without_its_defence(name: str, sandbox: Weakened) -> None:
    """The report sees the hole that was made, by the attack's own success."""
    report = await sandbox.prove()
    attack = next(attack for attack in report.attacks if attack.name == name)
    assert not attack.held
    assert "did not run" not in attack.detail


async def test_dies_with_the_harness(workspace: Path) -> None:
    """SIGKILL of the harness ends everything inside: the lock that a daemon held there comes free."""
    assert await dies_with_its_harness(Container, workspace)


async def test_what_a_killed_harness_left_is_removed_at_the_next_start() -> None:
    """A container of a harness that is dead, as its label says, is gone; one of the living is not."""
    kept = await Container().start(SandboxSpec(argv=("sleep", "60"), cwd="/tmp", mounts=()))
    before = containers()
    left = ("create", "--label", "tamma.sandbox=NAMESPACE-1-0", "--rootfs", "/usr", "true")
    namespace = str(Path("/proc/self/ns/pid").stat().st_ino)
    subprocess.run(
        ("podman", *(word.replace("NAMESPACE", namespace) for word in left)), check=True, stdout=subprocess.DEVNULL
    )
    assert len(containers()) == len(before) + 1
    await (await Container().start(SandboxSpec(argv=("true",), cwd="/tmp", mounts=()))).wait()
    assert before <= containers()
    assert not await asyncio.to_thread(left_over, namespace)
    await kept.kill()


def containers() -> set[str]:
    listed = subprocess.run(
        ("podman", "ps", "--all", "--quiet", "--filter", "label=tamma.sandbox"),
        check=True,
        capture_output=True,
        text=True,
    )
    return set(listed.stdout.split())


def left_over(namespace: str) -> bool:
    listed = subprocess.run(
        ("podman", "ps", "--all", "--quiet", "--filter", f"label=tamma.sandbox={namespace}-1-0"),
        check=True,
        capture_output=True,
        text=True,
    )
    return bool(listed.stdout.strip())


async def test_no_engine_no_command(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no engine, that is said, and nothing runs."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(SandboxUnavailable, match="no `podman`"):
        await Container().start(SandboxSpec(argv=("true",), cwd=str(workspace), mounts=()))


async def test_an_engine_that_refuses_is_told(workspace: Path) -> None:
    """A wall that the engine cannot make is an error with the engine's words, and leaves no container."""
    before = containers()
    with pytest.raises(SandboxUnavailable, match="no-such-option"):
        await Weakened(more=("--no-such-option",)).start(
            SandboxSpec(argv=("touch", "ran"), cwd=str(workspace), mounts=())
        )
    assert not list(workspace.iterdir())
    assert containers() <= before
