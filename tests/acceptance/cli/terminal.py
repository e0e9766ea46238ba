"""A person at a terminal: reads what is shown, types, and presses Ctrl-C."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78]|\x1b\][^\x07]*\x07|\r")
ROWS, COLUMNS = 50, 160


class Terminal:
    """Hold a program that runs at a terminal of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]", descriptor: int) -> None:
        self._process = process
        self._descriptor = descriptor
        self._raw = b""
        self._from = 0

    @property
    def text(self) -> str:
        """Answer everything shown so far, without what only moves the cursor."""
        return _ESCAPES.sub("", self._raw.decode(errors="replace"))

    def wait_for(self, what: str, *, seconds: float = 60.0) -> None:
        """Read until something new is shown; fail with what was shown instead."""
        deadline = time.monotonic() + seconds
        while what not in self.text[self._from :]:
            if not self._read(deadline):
                raise AssertionError(f"never shown: {what!r}\n{self.text}")
        self._from = self.text.index(what, self._from) + len(what)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._descriptor, keys.encode())

    def end(self, *, seconds: float = 60.0) -> int:
        """Read to the end and answer the exit code."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass
        return self._process.wait(timeout=max(0.1, deadline - time.monotonic()))

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._descriptor, 65_536)
        except OSError:  # Linux says so when the last process has left the terminal
            return False
        self._raw += data
        return bool(data)


@contextlib.contextmanager
def at_terminal(arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Start a program at a new terminal, which is its controlling one."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"},
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)
