"""Run one server program in a process group of its own."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

POLL_INTERVAL_S = 0.05


class DaemonError(RuntimeError):
    """Say that a server did not start, with the end of what it wrote."""


def free_port() -> int:
    """Return a TCP port on loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_condition(holds: Callable[[], bool], what: str, timeout_s: float) -> None:
    """Ask until `holds()` is true; raise `TimeoutError` naming `what` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not so after {timeout_s:g} s")
        time.sleep(POLL_INTERVAL_S)


def await_interrupt() -> None:
    """Block until Ctrl-C or SIGTERM; the caller's `with` blocks then stop their servers."""
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            signal.pause()


def interrupt_on_sigterm() -> None:
    """Treat SIGTERM as Ctrl-C, so that servers are stopped by it too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


class Daemon:
    """Own one child process, its group and its log file.

    Where util-linux is at hand the process also ends when the thread that started it is gone, so
    that a test run killed by SIGKILL leaves no server behind: start it from the main thread.
    """

    def __init__(self, name: str, command: Sequence[str | Path], log: Path) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the id of the running process."""
        if self._process is None:
            raise DaemonError(f"{self.name} is not running")
        return self._process.pid

    def start(
        self,
        environment: Mapping[str, str],
        cwd: Path,
        ready: Callable[[], bool],
        timeout_s: float,
    ) -> None:
        """Start the process and return when `ready()` holds, or raise `DaemonError`."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*bound_to_parent(), *self.command],
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        atexit.register(self.stop)
        try:
            await_condition(lambda: self._alive() and ready(), f"{self.name} is ready", timeout_s)
        except TimeoutError as error:
            self.stop()
            raise DaemonError(f"{error}\n{self.log_tail()}") from error
        except BaseException:
            self.stop()
            raise

    def stop(self, grace_s: float = 5.0) -> None:
        """End the process group: SIGTERM to its leader, then SIGKILL to whatever is left."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        process.terminate()
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            _kill_group(process.pid)

    def kill(self) -> None:
        """End the process group at once, as a crash would."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        _kill_group(process.pid)
        process.wait()

    def log_tail(self, size_bytes: int = 4000) -> str:
        """Return the end of what the process wrote."""
        return self.log.read_bytes()[-size_bytes:].decode(errors="replace")

    def is_running(self) -> bool:
        """Tell whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def _alive(self) -> bool:
        if self.is_running():
            return True
        raise DaemonError(f"{self.name} ended while starting\n{self.log_tail()}")


def bound_to_parent() -> list[str]:
    """Return what to put before a command so that it ends with the thread that starts it, where util-linux is at hand."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
