"""What every sandbox keeps: `ProcessContract` also without a wall, `WallContract` only behind one.

    class TestMyWall(WallContract):
        gaps: ClassVar = {"test_hides_the_system_s_secrets": "names of files can be seen"}

        @pytest.fixture
        def sandbox(self): ...

A gap is strict: a test named there must fail, so that a gap which is closed is struck from the list.
"""

import asyncio
import fcntl
import functools
import os
import resource
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import (
    LONGEST_WORD_BYTES,
    WORDS_BYTES,
    HostNetwork,
    Mount,
    Process,
    ProcessLimits,
    ProcessResult,
    ProxySocket,
    Sandbox,
    SandboxSpec,
)
from tamma_core.sandbox.attack_script import ATTACKS
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path

MEBIBYTE = 1 << 20
SHELL_ADDS = {"TMPDIR", "HOME", "PWD", "OLDPWD", "SHLVL", "_"}
"""What a shell or the sandbox may put into an environment by itself; none of it comes from the host."""


class Ended(Record, frozen=True):
    """Hold all that a command said, and how it ended."""

    output: bytes
    result: ProcessResult

    @property
    def text(self) -> str:
        """Answer the output as text, without the last line's end."""
        return self.output.decode(errors="replace").strip()


class ProcessContract:
    """Start, read, bound, cancel; an adapter's test class provides the fixture `sandbox`."""

    gaps: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        """Expect each declared gap to fail."""
        for name, reason in cls.gaps.items():
            setattr(
                cls,
                name,
                pytest.mark.xfail(reason=reason, raises=AssertionError, strict=True)(_own(getattr(cls, name))),
            )

    @pytest.fixture
    def workspace(self, tmp_path: Path) -> Path:
        """Make the one directory that commands may write."""
        path = tmp_path / "workspace"
        path.mkdir()
        return path

    def spec(
        self,
        workspace: Path,
        *argv: str,
        limits: ProcessLimits | None = None,
        stdin: bytes | None = None,
        network: ProxySocket | HostNetwork | None = None,
        mounts: tuple[Mount, ...] = (),
    ) -> SandboxSpec:
        """Describe a command in the workspace, with the host's Python at hand."""
        return SandboxSpec(
            argv=argv,
            cwd=str(workspace),
            mounts=(Mount(workspace, str(workspace), writable=True), *toolchain_mounts(os.environ), *mounts),
            environment={"PATH": toolchain_path(os.environ), "GREETING": "hello"},
            limits=limits or ProcessLimits(time_s=30),
            stdin=stdin,
            network=network,
        )

    async def end(self, process: Process) -> Ended:
        """Read a command to its end."""
        output = b"".join([chunk async for chunk in process.output()])
        return Ended(output, await process.wait())

    async def shell(self, sandbox: Sandbox, workspace: Path, script: str, limits: ProcessLimits | None = None) -> Ended:
        """Run a shell script to its end."""
        return await self.end(await sandbox.start(self.spec(workspace, "sh", "-c", script, limits=limits)))

    async def test_tells_output_and_code(self, sandbox: Sandbox, workspace: Path) -> None:
        """Both streams come as one, in order, and the code is the command's."""
        ended = await self.shell(sandbox, workspace, "echo one; echo two >&2; pwd; exit 7")
        assert ended.text == f"one\ntwo\n{workspace}"
        assert (ended.result.exit_code, ended.result.ended_by) == (7, "exit")

    async def test_tells_a_signal_as_a_code(self, sandbox: Sandbox, workspace: Path) -> None:
        """A command that died of a signal has the code that a shell would give."""
        assert (await self.shell(sandbox, workspace, "kill -9 $$")).result.exit_code == 137

    async def test_tells_a_missing_program(self, sandbox: Sandbox, workspace: Path) -> None:
        """A program that does not exist is a code and a message, not an exception."""
        ended = await self.end(await sandbox.start(self.spec(workspace, "no-such-program")))
        assert ended.result.exit_code == 127
        assert "no-such-program" in ended.text

    async def test_runs_programs_not_builtins(self, sandbox: Sandbox, workspace: Path) -> None:
        """The argument list reaches the program as it is, whatever a shell would make of it."""
        ended = await self.end(await sandbox.start(self.spec(workspace, "printf", "%s|", "a b", "$HOME", "", "*", "'")))
        assert ended.output == b"a b|$HOME||*|'|"

    async def test_says_the_longest_words(self, sandbox: Sandbox, workspace: Path) -> None:
        """What a specification lets through is what the kernel takes."""
        words = ["x" * LONGEST_WORD_BYTES] * (WORDS_BYTES // (LONGEST_WORD_BYTES + 1) - 1)
        script = 'printf %s "$#"'
        ended = await self.end(await sandbox.start(self.spec(workspace, "sh", "-c", script, "sh", *words)))
        assert ended.output == str(len(words)).encode()

    async def test_environment_is_complete(
        self, sandbox: Sandbox, workspace: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing of the harness's environment is inherited."""
        monkeypatch.setenv("CANARY_TOKEN", "canary-value")
        ended = await self.shell(sandbox, workspace, "env")
        names = {line.partition("=")[0] for line in ended.text.splitlines()}
        assert "GREETING=hello" in ended.text
        assert names - SHELL_ADDS == {"PATH", "GREETING"}

    async def test_feeds_input(self, sandbox: Sandbox, workspace: Path) -> None:
        """Input larger than a pipe arrives whole and ends."""
        process = await sandbox.start(self.spec(workspace, "wc", "-c", stdin=b"x" * MEBIBYTE))
        assert (await self.end(process)).text == str(MEBIBYTE)

    async def test_input_is_empty_by_default(self, sandbox: Sandbox, workspace: Path) -> None:
        """A command that waits for input gets its end at once."""
        assert (await self.shell(sandbox, workspace, "cat; echo done")).text == "done"

    async def test_inherits_no_descriptor(self, sandbox: Sandbox, workspace: Path, tmp_path: Path) -> None:
        """A descriptor that the harness left inheritable does not reach the command."""
        code = (
            "import os\nfor n in range(256):\n    try: place = os.readlink(f'/proc/self/fd/{n}')\n    except OSError: continue\n"
            "    if place != '/dev/null' and not place.startswith('pipe:'): print(n, place)"
        )
        with (tmp_path / "secret").open("w") as file:
            os.set_inheritable(file.fileno(), True)  # noqa: FBT003 - its only parameter
            ended = await self.end(await sandbox.start(self.spec(workspace, "python3", "-I", "-c", code)))
        assert ended.text == ""

    async def test_ends_by_time(self, sandbox: Sandbox, workspace: Path) -> None:
        """A command past its time is asked to end, and can clean up."""
        limits = ProcessLimits(time_s=0.3)
        ended = await self.shell(sandbox, workspace, "trap 'echo cleaned; exit 9' TERM; sleep 60 & wait", limits)
        assert (ended.text, ended.result.exit_code, ended.result.ended_by) == ("cleaned", 9, "time")
        assert 0.3 <= ended.result.used.wall_s < 30

    async def test_ends_the_deaf_by_time(self, sandbox: Sandbox, workspace: Path) -> None:
        """A command that ignores SIGTERM is killed after the grace; its processor time is told."""
        ended = await self.shell(sandbox, workspace, "trap '' TERM; while :; do :; done", ProcessLimits(time_s=0.3))
        assert (ended.result.exit_code, ended.result.ended_by) == (137, "time")
        assert ended.result.used.wall_s < 30
        assert ended.result.used.cpu_s > 0

    async def test_ends_by_output(self, sandbox: Sandbox, workspace: Path) -> None:
        """A gigabyte of output ends the command at its bound, in bounded memory of the harness."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        process = await sandbox.start(
            self.spec(workspace, "head", "-c", "1G", "/dev/zero", limits=ProcessLimits(output_bytes=3 * MEBIBYTE))
        )
        size = 0
        async for chunk in process.output():
            size += len(chunk)
        assert size == 3 * MEBIBYTE
        assert (await process.wait()).ended_by == "output"
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024

    async def test_wait_drops_unread_output(self, sandbox: Sandbox, workspace: Path) -> None:
        """More output than a pipe holds does not block a command that nobody reads."""
        process = await sandbox.start(self.spec(workspace, "head", "-c", "1M", "/dev/zero"))
        assert (await process.wait()).ended_by == "exit"
        assert [chunk async for chunk in process.output()] == []

    async def test_ends_by_processes(self, sandbox: Sandbox, workspace: Path) -> None:
        """More processes than allowed end the command."""
        script = "for i in $(seq 200); do sleep 60 & done; wait"
        assert (
            await self.shell(sandbox, workspace, script, ProcessLimits(processes=40))
        ).result.ended_by == "processes"

    async def test_ends_by_processes_that_nobody_waits_for(self, sandbox: Sandbox, workspace: Path) -> None:
        """Orphans in sessions of their own count as well."""
        script = "for i in $(seq 200); do (setsid sleep 60 &); done; sleep 60"
        ended = await self.shell(sandbox, workspace, script, ProcessLimits(processes=40, time_s=30))
        assert ended.result.ended_by == "processes"

    async def test_leaves_no_daemon(self, sandbox: Sandbox, workspace: Path) -> None:
        """A process in a session of its own is dead when the command's end is told."""
        script = "setsid flock lock sh -c 'touch held; sleep 60' </dev/null >/dev/null 2>&1 & "
        ended = await self.shell(sandbox, workspace, f"{script} while [ ! -e held ]; do :; done; exit 4")
        assert ended.result.exit_code == 4
        assert not locked(workspace / "lock")

    async def test_ends_a_fork_bomb(self, sandbox: Sandbox, workspace: Path) -> None:
        """Processes that multiply without end are over at once, and none is left."""
        bomb = "bomb() { bomb | bomb & }; bomb; sleep 60"
        ended = await self.shell(sandbox, workspace, bomb, ProcessLimits(processes=100, time_s=20))
        assert ended.result.ended_by == "processes"
        assert ended.result.used.wall_s < 30

    async def test_ends_by_memory(self, sandbox: Sandbox, workspace: Path) -> None:
        """Memory counts over all processes of the command, each of which stays below the limit."""
        hog = "import time; a = bytearray(b'x') * (80 << 20); time.sleep(60)"
        script = f'for i in 1 2 3 4; do python3 -c "{hog}" & done; wait'
        ended = await self.shell(sandbox, workspace, script, ProcessLimits(memory_bytes=200 * MEBIBYTE, time_s=30))
        assert ended.result.ended_by == "memory"
        assert 150 * MEBIBYTE < ended.result.used.peak_memory_bytes < 400 * MEBIBYTE

    async def test_shared_pages_count_once(self, sandbox: Sandbox, workspace: Path) -> None:
        """Workers forked from one large process are not taken for as many large ones."""
        code = "import os, time; a = bytearray(b'x') * (60 << 20); [os.fork() for _ in range(3)]; time.sleep(0.5)"
        process = await sandbox.start(
            self.spec(workspace, "python3", "-c", code, limits=ProcessLimits(memory_bytes=200 * MEBIBYTE))
        )
        assert (await self.end(process)).result.ended_by == "exit"

    async def test_bounds_one_file(self, sandbox: Sandbox, workspace: Path) -> None:
        """No file grows beyond its bound."""
        limits = ProcessLimits(file_bytes=MEBIBYTE)
        ended = await self.shell(sandbox, workspace, "head -c 5M /dev/zero > large", limits)
        assert ended.result.exit_code != 0
        assert (workspace / "large").stat().st_size <= MEBIBYTE

    async def test_ends_by_disk(self, sandbox: Sandbox, workspace: Path) -> None:
        """Many small files in the workspace end the command as well as a large one."""
        script = "i=0; while :; do i=$((i+1)); head -c 1M /dev/zero > f$i; done"
        ended = await self.shell(sandbox, workspace, script, ProcessLimits(disk_bytes=40 * MEBIBYTE, time_s=30))
        assert ended.result.ended_by == "disk"
        assert size_of(workspace) < 1 << 30

    async def test_ends_by_disk_without_names(self, sandbox: Sandbox, workspace: Path) -> None:
        """A file that was deleted while open still counts."""
        script = "exec 3> f; rm f; head -c 100M /dev/zero >&3; sleep 60"
        ended = await self.shell(sandbox, workspace, script, ProcessLimits(disk_bytes=40 * MEBIBYTE, time_s=30))
        assert ended.result.ended_by == "disk"

    async def test_bounds_open_files(self, sandbox: Sandbox, workspace: Path) -> None:
        """The number of open files is the specification's."""
        assert (await self.shell(sandbox, workspace, "ulimit -n", ProcessLimits(open_files=77))).text == "77"

    async def test_tells_processor_time(self, sandbox: Sandbox, workspace: Path) -> None:
        """Processor time is what the command and its children used, less than the clock's on one thread."""
        code = "import time\nwhile time.process_time() < 0.4: pass"
        result = (await self.end(await sandbox.start(self.spec(workspace, "python3", "-c", code)))).result
        assert 0.4 <= result.used.cpu_s < 4

    async def test_forks_are_not_interrupted(self, sandbox: Sandbox, workspace: Path) -> None:
        """A program that handles the end of its children can start the next: fork knows no EINTR."""
        code = (
            "import os, signal\nsignal.signal(signal.SIGCHLD, lambda *_: None)\n"
            "for n in range(150):\n    if os.fork() == 0: os._exit(0)\nprint('all')"
        )
        assert (await self.end(await sandbox.start(self.spec(workspace, "python3", "-c", code)))).text == "all"

    async def test_counts_children_that_nobody_waited_for(self, sandbox: Sandbox, workspace: Path) -> None:
        """Processor time of children that the kernel reaped unasked is in the books, as far as they were seen alive."""
        code = (
            "import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
            "for n in range(2):\n"
            "    if os.fork() == 0:\n"
            "        while time.process_time() < 0.4: pass\n"
            "        os._exit(0)\n"
            "try: os.wait()\nexcept ChildProcessError: pass"
        )
        result = (await self.end(await sandbox.start(self.spec(workspace, "python3", "-c", code)))).result
        assert 0.4 < result.used.cpu_s < 4

    async def test_tells_what_was_said_and_written(self, sandbox: Sandbox, workspace: Path) -> None:
        """Bytes of output are exact; bytes written are at least those that were sent to the disk."""
        script = "head -c 70000 /dev/zero; head -c 5M /dev/zero > large; sync large"
        used = (await self.shell(sandbox, workspace, script)).result.used
        assert used.output_bytes == 70000
        assert used.commands == 1
        assert used.written_bytes >= 5 * MEBIBYTE or memory_backed(workspace)

    async def test_ends_by_memory_that_no_process_shows(self, sandbox: Sandbox, workspace: Path) -> None:
        """A file in memory without a name, which nobody maps, is memory of the command."""
        code = (
            "import os, time\nfd = os.memfd_create('hoard')\n"
            "for n in range(300): os.write(fd, bytes(1 << 20)); time.sleep(0.001)\ntime.sleep(60)"
        )
        process = await sandbox.start(
            self.spec(workspace, "python3", "-c", code, limits=ProcessLimits(memory_bytes=150 * MEBIBYTE, time_s=30))
        )
        assert (await self.end(process)).result.ended_by == "memory"

    async def test_tells_how_many_processes(self, sandbox: Sandbox, workspace: Path) -> None:
        """The books say how many processes there were at once."""
        ended = await self.shell(sandbox, workspace, "for i in 1 2 3 4 5; do sleep 0.5 & done; wait")
        assert 5 <= ended.result.used.peak_processes <= 10

    async def test_tells_the_command_s_memory(self, sandbox: Sandbox, workspace: Path) -> None:
        """A small command is not charged with the memory of the harness that started it."""
        ballast = b"x" * (64 * MEBIBYTE)
        result = (await self.shell(sandbox, workspace, "sleep 0.1")).result
        assert 0 < result.used.peak_memory_bytes < len(ballast)

    @pytest.mark.parametrize("by", ["wait", "output"])
    async def test_cancelling_kills(self, sandbox: Sandbox, workspace: Path, by: str) -> None:
        """Cancelling the task that waits or reads ends the whole tree before the cancellation goes on."""
        process = await sandbox.start(self.spec(workspace, "sh", "-c", "flock lock sh -c 'echo held; sleep 60' & wait"))
        held = asyncio.Event()
        task = asyncio.create_task(self._consume(process, by, held))
        await held.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not locked(workspace / "lock")
        assert (await process.wait()).ended_by == "cancelled"

    async def _consume(self, process: Process, by: str, held: asyncio.Event) -> None:
        async for _ in process.output():
            held.set()
            if by == "wait":
                await process.wait()

    async def test_kill_is_idempotent(self, sandbox: Sandbox, workspace: Path) -> None:
        """A second kill, and one after the end, change nothing."""
        process = await sandbox.start(self.spec(workspace, "sleep", "60"))
        await asyncio.gather(process.kill(), process.kill())
        await process.kill()
        assert (await process.wait()).ended_by == "cancelled"

    async def test_commands_do_not_disturb_each_other(self, sandbox: Sandbox, workspace: Path) -> None:
        """Several at once keep their own output and end."""
        runs = (self.shell(sandbox, workspace, f"sleep 0.1; echo {n}; exit {n}") for n in range(8))
        assert [(e.text, e.result.exit_code) for e in await asyncio.gather(*runs)] == [(str(n), n) for n in range(8)]


class WallContract(ProcessContract):
    """Show what is named and nothing else; all that was started ends."""

    async def test_proves_itself(self, sandbox: Sandbox) -> None:
        """Every attack is withstood, and none is missing."""
        report = await sandbox.prove()
        assert {attack.name: attack.detail for attack in report.attacks if not attack.held} == {}
        assert {attack.name for attack in report.attacks} == set(ATTACKS)
        assert report is await sandbox.prove()

    async def test_shows_mounts_only(self, sandbox: Sandbox, workspace: Path, tmp_path: Path) -> None:
        """A read-only mount can be read, a writable one written, and what lies beside them is not there."""
        shown = tmp_path / "shown"
        shown.mkdir()
        (shown / "file").write_text("seen")
        (tmp_path / "secret").write_text("secret")
        script = f"cat /shown/file; touch /shown/new; echo x > new; cat {tmp_path}/secret; ls -A {tmp_path}"
        process = await sandbox.start(
            self.spec(workspace, "sh", "-c", f"({script}) 2>/dev/null", mounts=(Mount(shown, "/shown"),))
        )
        assert (await self.end(process)).text in {"seenworkspace", "seen"}
        assert (workspace / "new").exists()
        assert not (shown / "new").exists()

    async def test_refuses_a_mount_through_a_link(self, sandbox: Sandbox, workspace: Path, tmp_path: Path) -> None:
        """A link that an earlier command left at a mount point is not followed."""
        (workspace / "cache").symlink_to("/usr")
        mount = Mount(tmp_path, f"{workspace}/cache")
        with pytest.raises(InvalidInput, match="link"):
            await sandbox.start(self.spec(workspace, "true", mounts=(mount,)))

    async def test_hides_the_system_s_secrets(self, sandbox: Sandbox, workspace: Path) -> None:
        """No password hashes, keys, sockets, logs or devices of the host are there."""
        script = "ls -d /etc/shadow /etc/ssh /etc/ssl/private /run/docker.sock /var/log /sys /dev/[hsv]d* /root/.ssh"
        assert (await self.shell(sandbox, workspace, f"{script} 2>/dev/null")).text == ""

    async def test_has_users_of_its_own(self, sandbox: Sandbox, workspace: Path) -> None:
        """The command has a name, and the host's users are not told."""
        assert (await self.shell(sandbox, workspace, "id -un; cut -d: -f1 /etc/passwd")).text.split() == [
            "agent",
            *("root", "agent", "nobody"),
        ]

    async def test_system_cannot_be_written(self, sandbox: Sandbox, workspace: Path) -> None:
        """Neither programs nor the bare root, whose memory nobody bounds, take a file."""
        script = "for d in / /usr/bin /etc /dev /run /proc/sys/kernel; do touch $d/x 2>/dev/null && echo $d; done"
        assert (await self.shell(sandbox, workspace, script)).text == ""

    async def test_home_is_fresh(self, sandbox: Sandbox, workspace: Path) -> None:
        """HOME and the directory for temporary files can be written, and the next command finds them empty."""
        script = (
            "T=${TMPDIR:-/tmp}; ls -A $HOME $T | grep left; echo x > $HOME/left && echo x > $T/left && echo written"
        )
        texts = [(await self.shell(sandbox, workspace, script)).text for _ in range(2)]
        assert texts == ["written", "written"]

    async def test_has_no_powers(self, sandbox: Sandbox, workspace: Path) -> None:
        """No capability is left, and none comes back by a set-user-id program."""
        ended = await self.shell(sandbox, workspace, "grep -E '^(Cap|NoNewPrivs)' /proc/self/status | awk '{print $2}'")
        assert ended.text.split() == ["0" * 16] * 5 + ["1"]

    async def test_survives_kill_all(self, sandbox: Sandbox, workspace: Path) -> None:
        """Killing everything in reach reaches nothing outside."""
        ended = await self.shell(sandbox, workspace, "sleep 60 & sh -c 'kill -9 -1'; exit 3")
        assert ended.result.ended_by == "exit"
        assert ended.result.used.wall_s < 30

    @pytest.mark.parametrize("place", ["${TMPDIR:-/tmp}", "$HOME"])
    async def test_bounds_temporary_files(self, sandbox: Sandbox, workspace: Path, place: str) -> None:
        """Temporary files count as disk and cannot fill the machine."""
        assert await self._fills(sandbox, workspace, place) == "disk"

    async def test_bounds_shared_memory(self, sandbox: Sandbox, workspace: Path) -> None:
        """Shared memory can be had, and counts as disk."""
        assert await self._fills(sandbox, workspace, "/dev/shm") == "disk"  # noqa: S108 - inside

    async def _fills(self, sandbox: Sandbox, workspace: Path, place: str) -> str:
        limits = ProcessLimits(disk_bytes=20 * MEBIBYTE, time_s=20)
        return (
            await self.shell(
                sandbox, workspace, f"head -c 1G /dev/zero > {place}/f; [ -e {place}/f ] && sleep 60", limits
            )
        ).result.ended_by

    async def test_ends_an_inode_flood(self, sandbox: Sandbox, workspace: Path) -> None:
        """Empty files take no blocks, and still are not made without end."""
        code = "import itertools\nfor n in itertools.count(): open(f'f{n}', 'w').close()"
        limits = ProcessLimits(files=3000, time_s=30)
        ended = await self.end(await sandbox.start(self.spec(workspace, "python3", "-c", code, limits=limits)))
        assert ended.result.ended_by == "disk"

    async def test_changes_modes_and_times_of_its_own(self, sandbox: Sandbox, workspace: Path) -> None:
        """Modes and times can be set in the workspace: by name, by descriptor, from a directory, through a link."""
        code = (
            "import os\nopen('a', 'w').close(); fd = os.open('a', os.O_RDWR); here = os.open('.', os.O_RDONLY)\n"
            "os.symlink('a', 'link'); os.chmod('a', 0o755); print(oct(os.stat('a').st_mode & 0o7777))\n"
            "os.fchmod(fd, 0o640); print(oct(os.stat('a').st_mode & 0o7777))\n"
            "os.chmod('a', 0o600, dir_fd=here); print(oct(os.stat('a').st_mode & 0o7777))\n"
            "os.utime('link', (1, 2)); print(os.stat('a').st_mtime); os.utime(fd, (3, 4)); print(os.stat('a').st_mtime)\n"
            "os.utime('link', (5, 6), follow_symlinks=False); print(os.stat('a').st_mtime, os.lstat('link').st_mtime)\n"
            "os.chmod(os.getcwd() + '/link', 0o700); print(oct(os.stat('a').st_mode & 0o7777))"
        )
        process = await sandbox.start(self.spec(workspace, "python3", "-c", code))
        assert (await self.end(process)).text.split() == [
            "0o755",
            "0o640",
            "0o600",
            "2.0",
            "4.0",
            "4.0",
            "6.0",
            "0o700",
        ]

    async def test_moves_files_from_folder_to_folder(self, sandbox: Sandbox, workspace: Path) -> None:
        """A file keeps its place on disk when it goes to another folder, as git's new objects and many programs' files do."""
        code = (
            "import os\nfor name in ('a', 'b'): os.mkdir(name); open(f'{name}/file', 'w').close()\n"
            "os.rename('a/file', 'b/moved'); os.link('b/file', 'a/linked'); os.rename('a', 'b/a')\n"
            "print(sorted(os.path.join(*found) for at, _, names in os.walk('.') for found in [(at, name) for name in names]))"
        )
        ended = await self.end(await sandbox.start(self.spec(workspace, "python3", "-c", code)))
        assert ended.text == "['./b/a/linked', './b/file', './b/moved']"

    async def test_lends_no_identity(self, sandbox: Sandbox, workspace: Path) -> None:
        """A program that takes on its owner's identity cannot be left behind for others on the host to run."""
        code = (
            "import os, contextlib\nopen('a', 'w').close()\n"
            "with contextlib.suppress(OSError): os.chmod('a', 0o6755)\n"
            "with contextlib.suppress(OSError): os.fchmod(os.open('a', os.O_RDONLY), 0o6755)\n"
            "with contextlib.suppress(OSError): os.open('b', os.O_CREAT | os.O_WRONLY, 0o6755)\n"
        )
        await self.end(await sandbox.start(self.spec(workspace, "python3", "-c", code)))
        assert [name for name, mode in modes_of(workspace).items() if mode & 0o6000] == []

    async def test_cannot_read_the_system_s_secrets(self, sandbox: Sandbox, workspace: Path) -> None:
        """Nothing of password hashes, keys, logs, homes and other places of the host can be read or listed."""
        script = "for p in /etc/shadow /etc/ssh /etc/ssl/private /var/log /sys /root /home /dev/shm; do cat $p || ls -A $p/*; done"
        assert (await self.shell(sandbox, workspace, f"({script}) 2>/dev/null")).text == ""

    async def test_no_network_by_default(self, sandbox: Sandbox, workspace: Path, listener: socket.socket) -> None:
        """Without a permission nothing answers, not even a service on the host's loopback."""
        assert await self._connects(sandbox, workspace, listener, None) == "no"

    async def test_host_network_by_permission(self, sandbox: Sandbox, workspace: Path, listener: socket.socket) -> None:
        """With the host's network its loopback answers: the check above can fail."""
        assert await self._connects(sandbox, workspace, listener, HostNetwork()) == "yes"

    async def _connects(
        self, sandbox: Sandbox, workspace: Path, listener: socket.socket, network: HostNetwork | None
    ) -> str:
        port = listener.getsockname()[1]
        code = f"import socket\ntry: socket.create_connection(('127.0.0.1', {port}), 2); print('yes')\nexcept OSError: print('no')"
        return (await self.end(await sandbox.start(self.spec(workspace, "python3", "-c", code, network=network)))).text

    @pytest.fixture
    def listener(self) -> Iterator[socket.socket]:
        """Listen on the host's loopback."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server

    async def test_reaches_the_proxy_only(self, sandbox: Sandbox, workspace: Path, listener: socket.socket) -> None:
        """The proxy's socket answers inside, and there is no other way out."""
        path = workspace.parent / "proxy"
        server = await asyncio.start_unix_server(answer, path)
        code = (
            "import socket\ns = socket.socket(socket.AF_UNIX); s.connect('/run/tamma/proxy.sock'); print(s.recv(9).decode())\n"
            f"try: socket.create_connection(('127.0.0.1', {listener.getsockname()[1]}), 2); print('out')\n"
            "except OSError: print('shut')"
        )
        async with server:
            process = await sandbox.start(self.spec(workspace, "python3", "-c", code, network=ProxySocket(path)))
            assert (await self.end(process)).text == "proxy\nshut"


def _own(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Copy a test, so that a mark on it is not on other adapters' too."""

    @functools.wraps(test)
    async def run(*args: object, **kwargs: object) -> None:
        await test(*args, **kwargs)

    return run


async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak as the proxy."""
    writer.write(b"proxy")
    await writer.drain()
    writer.close()


def size_of(directory: Path) -> int:
    """Add up the files of a directory."""
    return sum(path.stat().st_size for path in directory.iterdir())


def memory_backed(directory: Path) -> bool:
    """Tell whether a directory is on a file system that has no disk."""
    found = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    device = directory.stat().st_dev
    return any(f"{os.major(device)}:{os.minor(device)}" == row[2] and "tmpfs" in row[6:] for row in found)


def modes_of(directory: Path) -> dict[str, int]:
    """Answer the modes of the files of a directory."""
    return {path.name: path.stat().st_mode for path in directory.iterdir()}


def locked(path: Path) -> bool:
    """Tell whether some process holds a lock on a file."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
