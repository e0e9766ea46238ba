"""Start one command behind the wall, and answer what it must ask, as its supervisor outside.

Run as `tamma_core.sandbox.supervision` is, and with its arguments.
"""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress

from tamma_core.sandbox.landlock.answers import Answers
from tamma_core.sandbox.landlock.confinement import confine, enclose_signals
from tamma_core.sandbox.supervision import NOT_BEGUN, begin, complain, end_descendants, read_order

TYPE_CHECKING = False  # else the start of each command would wait for `typing`
if TYPE_CHECKING:
    from typing import Any, NoReturn

CLEANINGS = 5
"""A signal that was meant for the command may hit the one who cleans up."""
CLEAN = 'chmod -R u+rwx -- "$0" 2>/dev/null; exec rm -rf -- "$0"'
"""The command may have left directories that nobody may enter, and deeper than a recursion goes."""


def main(order_descriptor: int, gate: int) -> NoReturn:
    """Run the order, and exit as the command did."""
    order = read_order(order_descriptor)
    if order["enclosed"]:
        try:
            enclose_signals()
        except OSError as error:
            complain(str(error.strerror), NOT_BEGUN)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    supervisor = begin(order, gate, lambda: become_confined(order, theirs))
    theirs.close()
    listener = received(ours) if order["asked"] else None
    if listener is not None:
        supervisor.listen(listener, Answers(listener, order).answer_one)
    code = supervisor.watch(end_enclosed if order["enclosed"] else end_descendants)
    clean_up(order["scratch"])
    os._exit(code)


def become_confined(order: dict[str, Any], supervisor: socket.socket) -> None:
    """Give up every right, and hand over where this process's calls are answered."""
    listener = confine(order)
    if listener is not None:
        socket.send_fds(supervisor, [b"l"], [listener])


def received(ours: socket.socket) -> int | None:
    """Take the descriptor at which the command's calls are answered; nothing when the child had none to send."""
    _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    return descriptors[0] if descriptors else None


def end_enclosed() -> None:
    """Kill all in reach, which is what the command started."""
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)


def clean_up(scratch: str) -> None:
    """Remove what the command had for temporary files and home."""
    for _ in range(CLEANINGS):
        if not os.path.lexists(scratch):
            return
        with suppress(OSError):
            os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", CLEAN, scratch], {"PATH": "/usr/bin:/bin"}), 0)
