"""Run inside a kernel of its own, as root: what the harness's control groups do for commands."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from tamma_core.ports.sandbox import Mount, ProcessLimits, ProcessResult, Sandbox, SandboxSpec
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.control_groups import ControlGroups, find_control_groups
from tamma_core.sandbox.descendants import descendants
from tamma_core.sandbox.limits import THREADS_PER_PROCESS
from tamma_core.sandbox.none import NoSandbox
from tamma_core.testing.sandbox_contract import MEBIBYTE, locked

MOUNTED = Path("/sys/fs/cgroup")
SHORT_LIVED = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for n in range(40):
    if os.fork() == 0:
        while time.process_time() < 0.02: pass
        os._exit(0)
    try: os.wait()
    except ChildProcessError: pass
"""
HOARD = """
import os, time
held = os.memfd_create('hoard')
for n in range(200): os.write(held, bytes(1 << 20))
time.sleep(60)
"""
UNPRIVILEGED = """
import asyncio, os, sys, pyseccomp
from pathlib import Path
from tamma_core.ports.sandbox import ProcessLimits, SandboxSpec
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.control_groups import find_control_groups
Path(sys.argv[1], "cgroup.procs").write_text(str(os.getpid()))
os.setgid(1000); os.setuid(1000)  # only now: where this Python is, not everybody may read
groups = find_control_groups()
if isinstance(groups, str):
    sys.exit("none: " + groups)
async def main():
    limits = ProcessLimits(memory_bytes=80 << 20, time_s=30)
    spec = SandboxSpec(argv=("/usr/bin/python3", "-I", "-c", sys.argv[2]), cwd="/", mounts=(), limits=limits)
    return (await (await Bubblewrap(groups).start(spec)).wait()).ended_by
print(*groups.bounds, asyncio.run(main()))
"""
HARNESS = """
import asyncio, sys
from tamma_core.ports.sandbox import ProcessLimits, SandboxSpec
from tamma_core.sandbox.control_groups import find_control_groups
from tamma_core.sandbox.none import NoSandbox
async def main(workspace, *argv):
    groups, limits = find_control_groups(), ProcessLimits(processes=10, time_s=60)
    spec = SandboxSpec(argv=argv, cwd=workspace, mounts=(), environment={"PATH": "/usr/bin:/bin"}, limits=limits)
    print(groups.home, flush=True)
    process = await NoSandbox(groups, accept_risk=True).start(spec)
    async for chunk in process.output():
        print(chunk.decode(), end="", flush=True)
    print((await process.wait()).ended_by)
asyncio.run(main(*sys.argv[1:]))
"""
DAEMON = "setsid flock lock sh -c 'echo held; sleep 60' & wait"
MULTIPLY = """
import os, time
print('ready', flush=True)
open('go').read()
started = 0
try:
    while started < 400:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        started += 1
finally:
    with open('started', 'w') as told:
        told.write(str(started))
"""
"""Both files are pipes, so that nobody has to look again and again."""


@pytest.fixture
def groups() -> Iterator[ControlGroups]:
    found = find_control_groups()
    assert not isinstance(found, str), found
    yield found
    assert list(found.home.glob("*/")) == [], "a command's group was left"


@pytest.fixture(params=["bubblewrap", "none"])
def sandbox(request: pytest.FixtureRequest, groups: ControlGroups) -> Sandbox:
    return Bubblewrap(groups) if request.param == "bubblewrap" else NoSandbox(groups, accept_risk=True)


async def ended(sandbox: Sandbox, workspace: Path, *argv: str, limits: ProcessLimits | None = None) -> ProcessResult:
    mounts = (Mount(workspace, str(workspace), writable=True),)
    limits = limits or ProcessLimits(time_s=60)
    environment = {"PATH": "/usr/bin:/bin"}
    spec = SandboxSpec(argv=argv, cwd=str(workspace), mounts=mounts, environment=environment, limits=limits)
    return await (await sandbox.start(spec)).wait()


def test_every_bound_is_had(groups: ControlGroups) -> None:
    """Here the kernel gives both, so that what follows is about groups and not about the watchdog."""
    assert groups.bounds == ("memory", "pids")


async def test_memory_is_bounded_by_the_kernel(sandbox: Sandbox, tmp_path: Path) -> None:
    """Also memory that no process shows; all of the command ends, and the reason is told."""
    limits = ProcessLimits(memory_bytes=80 * MEBIBYTE, time_s=60)
    result = await ended(sandbox, tmp_path, "/usr/bin/python3", "-I", "-c", HOARD, limits=limits)
    assert (result.ended_by, result.exit_code) == ("memory", 137)
    assert result.used.peak_memory_bytes <= 80 * MEBIBYTE


async def test_cached_files_are_not_memory(sandbox: Sandbox, tmp_path: Path) -> None:
    """A command may read and write more than its memory: the kernel's cache gives way."""
    limits = ProcessLimits(memory_bytes=60 * MEBIBYTE, time_s=60)
    script = "head -c 120M /dev/zero > large; cat large > /dev/null; cat large > /dev/null"
    result = await ended(sandbox, tmp_path, "sh", "-c", script, limits=limits)
    assert (result.ended_by, result.exit_code) == ("exit", 0)
    assert result.used.peak_memory_bytes < 60 * MEBIBYTE


async def test_a_fork_bomb_ends(sandbox: Sandbox, tmp_path: Path) -> None:
    """It ends by the bound of processes, and nothing of it is left in the group."""
    bomb = "bomb() { bomb | bomb & }; bomb; sleep 60"
    result = await ended(sandbox, tmp_path, "sh", "-c", bomb, limits=ProcessLimits(processes=30, time_s=60))
    assert result.ended_by == "processes"


async def test_no_daemon_outlives_the_command(sandbox: Sandbox, tmp_path: Path) -> None:
    """A session of its own does not help, also where there is no wall."""
    script = (
        "setsid flock lock sh -c 'touch held; sleep 60' </dev/null >/dev/null 2>&1 & while [ ! -e held ]; do :; done"
    )
    assert (await ended(sandbox, tmp_path, "sh", "-c", script)).exit_code == 0
    assert not locked(tmp_path / "lock")


async def test_children_that_nobody_waited_for_are_counted(sandbox: Sandbox, tmp_path: Path) -> None:
    """Each lives too short to be seen by looking."""
    result = await ended(sandbox, tmp_path, "/usr/bin/python3", "-I", "-c", SHORT_LIVED)
    assert result.used.cpu_s >= 40 * 0.02


async def test_no_daemon_outlives_who_ended_the_supervisor(groups: ControlGroups, tmp_path: Path) -> None:
    """Nothing keeps a command without a wall from ending who would find its daemon; the group still holds it."""
    script = "setsid flock lock sh -c 'touch held; sleep 60' >/dev/null 2>&1 & while [ ! -e held ]; do :; done; kill -9 $PPID"
    await ended(NoSandbox(groups, accept_risk=True), tmp_path, "sh", "-c", script)
    assert not locked(tmp_path / "lock")


def test_processes_are_bounded_by_the_kernel(tmp_path: Path) -> None:
    """Also while the harness cannot look: no more than the group takes are started."""
    for name in ("go", "started"):
        os.mkfifo(tmp_path / name)
    with started(tmp_path, "/usr/bin/python3", "-I", "-c", MULTIPLY) as (harness, said):
        assert said.readline() == b"ready\n"
        harness.send_signal(signal.SIGSTOP)
        (tmp_path / "go").write_text("")
        assert int((tmp_path / "started").read_text()) < 10 * THREADS_PER_PROCESS
        harness.send_signal(signal.SIGCONT)
        assert said.read().split()[-1] == b"processes"


def test_what_a_killed_harness_left_is_found_again(tmp_path: Path) -> None:
    """Without a wall a daemon outlives harness and supervisor, until the next harness starts."""
    with started(tmp_path, "sh", "-c", DAEMON) as (harness, said):
        assert said.readline() == b"held\n"
        harness.send_signal(signal.SIGSTOP)  # else it would end what its supervisor left
        os.kill(descendants(harness.pid)[0], signal.SIGKILL)
        harness.send_signal(signal.SIGKILL)
    left = list(MOUNTED.glob("tamma-*"))
    assert left
    assert locked(tmp_path / "lock")
    assert isinstance(find_control_groups(), ControlGroups)
    assert not locked(tmp_path / "lock")
    assert not any(home.exists() for home in left)


@contextmanager
def started(workspace: Path, *argv: str) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Have a harness of its own run a command, and read what both say."""
    with subprocess.Popen((sys.executable, "-c", HARNESS, str(workspace), *argv), stdout=subprocess.PIPE) as harness:
        assert harness.stdout is not None
        assert Path(harness.stdout.readline().decode().strip()).is_dir()
        yield harness, harness.stdout


def test_a_delegated_group_is_enough(tmp_path: Path) -> None:
    """An ordinary user has every bound in a group that was given to it, and moves aside to have them."""
    unit = MOUNTED / "unit"
    (MOUNTED / "cgroup.subtree_control").write_text("+memory +pids")
    unit.mkdir()
    for name in ("", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"):
        os.chown(unit / name, 1000, 1000)
    assert unprivileged(unit) == "memory pids memory"


def test_a_group_of_others_is_refused() -> None:
    """Where nothing was given to the user, the reason is said."""
    others = MOUNTED / "others"
    others.mkdir()
    assert "not ours" in unprivileged(others)


def unprivileged(unit: Path) -> str:
    done = subprocess.run(
        (sys.executable, "-c", UNPRIVILEGED, str(unit), HOARD),
        env={**os.environ, "TMPDIR": "/dev/shm"},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    return (done.stdout + done.stderr).strip()
