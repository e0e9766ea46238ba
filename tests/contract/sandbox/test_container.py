"""A container engine makes a wall that keeps the contract, and each attack gets through when its defence is taken out."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from contract.sandbox.harness import dies_with_its_harness, keeps_its_files
from contract.sandbox.weakened import HOST_NETWORK, UNFILTERED, Weakened
from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.ports.sandbox import Mount, Sandbox, SandboxSpec
from tamma_core.sandbox.container.backend import Container
from tamma_core.sandbox.container.engine import Engine
from tamma_core.sandbox.container.place import Place
from tamma_core.sandbox.container.podman import Podman, find_podman
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


HOME = (Mount(Path.home(), str(Path.home()), writable=True),)
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
    assert await sandbox.got_through(name)


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


@pytest.fixture
def nested(tmp_path: Path) -> Iterator[Path]:
    """Have a file system mounted in a directory, writable for everybody."""
    inner = tmp_path / "shown" / "with blank"
    inner.mkdir(parents=True)
    subprocess.run(("mount", "-t", "tmpfs", "-o", "mode=1777", "none", str(inner)), check=True)
    yield inner
    subprocess.run(("umount", str(inner)), check=True)


async def test_what_is_mounted_below_a_read_only_mount_is_read_only(nested: Path, workspace: Path) -> None:
    """A partition below a directory of programs takes no file, and what is named there does."""
    (nested / "seen").touch()
    (nested / "work").mkdir()
    argv = ("sh", "-c", "cd '/shown/with blank' && ls && touch work/new && touch new")
    mounts = (Mount(nested.parent, "/shown"), Mount(workspace, "/shown/with blank/work", writable=True))
    process = await Container().start(SandboxSpec(argv=argv, cwd="/", mounts=mounts))
    said = b"".join([chunk async for chunk in process.output()])
    assert said.startswith(b"seen\nwork\n")
    assert (await process.wait()).exit_code != 0
    assert not (nested / "new").exists()
    assert (workspace / "new").exists()


class Elsewhere(Podman, frozen=True):
    """Number processes as an engine does that runs on another machine, or in a container of its own."""

    first: int = 0

    async def first_process(self, container: str, place: Place) -> int:  # noqa: ARG002 - as the real one
        return self.first


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """Have a process that is nobody's container."""
    with subprocess.Popen(("sleep", "60")) as process:
        yield process
        process.kill()


async def test_an_engine_elsewhere_is_refused(bystander: subprocess.Popen[bytes]) -> None:
    """A process of the same number here is not taken for the container's, and nothing happens to it."""

    async def find_elsewhere() -> Engine:
        return Elsewhere((await find_podman()).facts, bystander.pid)

    with pytest.raises(SandboxUnavailable, match="does not run where"):
        await Container(find_elsewhere).start(SandboxSpec(argv=("true",), cwd="/tmp", mounts=()))
    assert bystander.poll() is None


async def test_no_engine_no_command(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no engine, that is said, and nothing runs."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(SandboxUnavailable, match="no `podman` on PATH; there is no `docker`"):
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


async def test_a_command_outlives_its_sandbox() -> None:
    """Who drops the sandbox does not take the files of a running command away."""
    assert await keeps_its_files(Container)
