"""Start one command behind the wall, answer what it must ask, and end with the last of what it started.

Runs outside the wall as `python -I -S`, so with the standard library only. Arguments: a descriptor with the order
(JSON), and one that gives a line when limits are in place; any more from it, or its end, ends everything.
"""

import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from ctypes import CDLL
from typing import Any, NoReturn

from tamma_core.sandbox.landlock.answers import Answers
from tamma_core.sandbox.landlock.confinement import confine, enclose_signals, expect_to_die_first
from tamma_core.sandbox.landlock.descendants import signal_all

TAKE_IN_ORPHANS = 36
MARK = b"tamma:begin\n"
"""The child's first words: what comes before them means that there is no wall."""
NO_WALL, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127
TURN_MS = 1
CLEANINGS = 5
"""A signal that was meant for the command may hit the one who cleans up."""
CLEAN = 'chmod -R u+rwx -- "$0" 2>/dev/null; exec rm -rf -- "$0"'
"""The command may have left directories that nobody may enter, and deeper than a recursion goes."""


def main(order_descriptor: int, gate: int) -> NoReturn:
    """Run the order, and exit as the command did."""
    with os.fdopen(order_descriptor) as file:
        order = json.load(file)
    CDLL(None).prctl(TAKE_IN_ORPHANS, 1, 0, 0, 0)
    if order["enclosed"]:
        try:
            enclose_signals()
        except OSError as error:
            complain(str(error.strerror), NO_WALL)
    woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    if os.read(gate, 1) != b"\n":
        os._exit(NO_WALL)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    child = os.fork()
    if child == 0:
        become_command(order, theirs)
    theirs.close()
    step_back()
    supervisor = Supervisor(child, woken, enclosed=order["enclosed"])
    code = supervisor.watch(gate, ours, order)
    clean_up(order["scratch"])
    os._exit(code)


class Supervisor:
    """Reap whatever ends below it."""

    def __init__(self, child: int, woken: int, *, enclosed: bool) -> None:
        self._child = child
        self._enclosed = enclosed
        self._woken = woken
        self._code: int | None = None

    def watch(self, gate: int, ours: socket.socket, order: dict[str, Any]) -> int:
        """Answer and reap until the command has ended or the gate says so; then end the rest."""
        poller = select.poll()
        poller.register(gate, select.POLLIN)
        poller.register(self._woken, select.POLLIN)
        listener = received(ours) if order["asked"] else None
        answers = None
        if listener is not None:
            answers = Answers(listener, order)
            poller.register(listener, select.POLLIN)
        while self._code is None:
            for descriptor, event in poller.poll():
                if descriptor == gate:
                    return self._end_all()
                if descriptor == self._woken:
                    os.read(self._woken, 4096)
                elif event & select.POLLIN and answers is not None:
                    answers.answer_one()
                else:
                    poller.unregister(descriptor)
            self._reap()
        return self._end_all()

    def _end_all(self) -> int:
        """Kill until there is no child any more; orphans come here."""
        patience = select.poll()
        while True:
            self._kill_all()
            if not self._reap():
                return self._code if self._code is not None else 128 + signal.SIGKILL
            patience.poll(TURN_MS)

    def _kill_all(self) -> None:
        if not self._enclosed:  # all would be the host's
            signal_all(os.getpid(), signal.SIGKILL)
            return
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)

    def _reap(self) -> bool:
        """Take the status of whoever ended, and tell whether there are children left."""
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self._child:
                    code = os.waitstatus_to_exitcode(ended[1])
                    self._code = code if code >= 0 else 128 - code
        except ChildProcessError:
            return False
        return True


def become_command(order: dict[str, Any], supervisor: socket.socket) -> NoReturn:
    """Give up every right, say so, and run the command."""
    try:
        os.setsid()
        yield_to_others(order["niceness"])
        if order["group"]:
            enter(order["group"])
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(order["cwd"])
        expect_to_die_first()
        listener = confine(order)
        if listener is not None:
            socket.send_fds(supervisor, [b"l"], [listener])
    except OSError as error:
        complain(f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror), NO_WALL)
    os.closerange(3, 1 << 20)
    os.write(1, MARK)
    name = order["argv"][0]
    try:
        os.execvpe(name, order["argv"], order["environment"])  # noqa: S606 - that is what it is for
    except FileNotFoundError:
        complain(f"{name}: not found", NOT_FOUND)
    except OSError as error:
        complain(f"{name}: {error.strerror}", NOT_EXECUTABLE)


def yield_to_others(niceness: int) -> None:
    """Let harness and supervisor go first, whom a fork bomb would starve: within a session, and as a session of its own."""
    os.nice(niceness)
    with suppress(OSError), open("/proc/self/autogroup", "w") as file:  # noqa: PTH123 - no pathlib in here
        file.write(str(niceness))


def enter(group: str) -> None:
    """Move into a control group; the supervisor stays outside, to end what is in it."""
    descriptor = os.open(group, os.O_WRONLY | os.O_CLOEXEC)
    os.write(descriptor, b"0")
    os.close(descriptor)


def received(ours: socket.socket) -> int | None:
    """Take the descriptor at which the command's calls are answered; nothing when the child had none to send."""
    _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    return descriptors[0] if descriptors else None


def step_back() -> None:
    """Let go of the command's streams: its output ends with it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def clean_up(scratch: str) -> None:
    """Remove what the command had for temporary files and home."""
    for _ in range(CLEANINGS):
        if not os.path.lexists(scratch):
            return
        with suppress(OSError):
            os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", CLEAN, scratch], {"PATH": "/usr/bin:/bin"}), 0)


def complain(text: str, code: int) -> NoReturn:
    """Write a line and end."""
    os.write(2, f"{text}\n".encode(errors="replace"))
    os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[2]), int(sys.argv[3]))
