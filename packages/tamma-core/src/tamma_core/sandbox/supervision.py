"""Start one command, take in its orphans, and end with the last of what it started.

Runs outside of any wall as `python -I -S`, so with the standard library only, and little of it: each module is waited
for at the start of each command. Arguments: a descriptor with the order (by `marshal`), and one that gives a line when limits
are in place; any more from it, or its end, ends everything.
"""

from __future__ import annotations

import marshal
import os
import select
import signal
import warnings  # noqa: F401 - `os.execvpe` asks for it, when nothing of Python's can be read any more
from collections.abc import Callable
from contextlib import suppress
from ctypes import CDLL

from tamma_core.sandbox.descendants import signal_all

TYPE_CHECKING = False  # else the start of each command would wait for `typing`
if TYPE_CHECKING:
    from typing import Any, NoReturn

TAKE_IN_ORPHANS = 36
MARK = b"tamma:begin\n"
"""The child's first words: what comes before them says why there is no command."""
NOT_BEGUN, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127
TURN_MS = 1


def main(order_descriptor: int, gate: int) -> NoReturn:
    """Run the order without a wall, and exit as the command did."""
    os._exit(begin(read_order(order_descriptor), gate).watch(end_descendants))


def read_order(descriptor: int) -> dict[str, Any]:
    """Read what the harness wants."""
    with os.fdopen(descriptor, "rb") as file:
        order: dict[str, Any] = marshal.load(file)  # noqa: S302 - our own words, and each module's import is waited for
    return order


def begin(order: dict[str, Any], gate: int, confine: Callable[[], None] = lambda: None) -> Supervisor:
    """Start the command when its limits are in place; `confine` is done in it, before it is what it shall be."""
    CDLL(None).prctl(TAKE_IN_ORPHANS, 1, 0, 0, 0)
    woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    if os.read(gate, 1) != b"\n":
        os._exit(NOT_BEGUN)
    child = os.fork()
    if child == 0:
        become_command(order, confine)
    step_back()
    return Supervisor(child, gate, woken)


class Supervisor:
    """Reap whatever ends below it."""

    def __init__(self, child: int, gate: int, woken: int) -> None:
        self._child = child
        self._gate = gate
        self._woken = woken
        self._code: int | None = None
        self._poller = select.poll()
        self._listeners: dict[int, Callable[[], None]] = {}
        for descriptor in (gate, woken):
            self._poller.register(descriptor, select.POLLIN)

    def listen(self, descriptor: int, answer: Callable[[], None]) -> None:
        """Answer each time that a descriptor has something to say."""
        self._listeners[descriptor] = answer
        self._poller.register(descriptor, select.POLLIN)

    def watch(self, end: Callable[[], None]) -> int:
        """Reap until the command has ended or the gate says so; then `end` the rest, and answer the command's code."""
        while self._code is None:
            for descriptor, event in self._poller.poll():
                if descriptor == self._gate:
                    return self._end_all(end)
                if descriptor == self._woken:
                    os.read(self._woken, 4096)
                elif event & select.POLLIN:
                    self._listeners[descriptor]()
                else:
                    self._poller.unregister(descriptor)
            self._reap()
        return self._end_all(end)

    def _end_all(self, end: Callable[[], None]) -> int:
        """End until there is no child any more; orphans come here."""
        patience = select.poll()
        while True:
            end()
            if not self._reap():
                return self._code if self._code is not None else 128 + signal.SIGKILL
            patience.poll(TURN_MS)

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


def end_descendants() -> None:
    """Kill all that the command started: all in reach would be the host's."""
    signal_all(os.getpid(), signal.SIGKILL)


def become_command(order: dict[str, Any], confine: Callable[[], None]) -> NoReturn:
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
        confine()
    except OSError as error:
        complain(f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror), NOT_BEGUN)
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


def expect_to_die_first() -> None:
    """Have the kernel take the command before its supervisor when memory runs out."""
    with suppress(OSError):
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(descriptor, b"500")
        os.close(descriptor)


def step_back() -> None:
    """Let go of the command's streams: its output ends with it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def complain(text: str, code: int) -> NoReturn:
    """Write a line and end."""
    os.write(2, f"{text}\n".encode(errors="replace"))
    os._exit(code)
