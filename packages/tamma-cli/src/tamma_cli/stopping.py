"""Ctrl-C and SIGTERM: the first asks the work to stop, a later one is left to the system."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from typing import Any

_NUMBERS = (signal.SIGINT, signal.SIGTERM)
_REPEATS_S = 1.0


@contextlib.contextmanager
def stopping(work: "asyncio.Task[Any]", *, repeats_s: float = _REPEATS_S) -> Iterator[list[str]]:
    """Cancel the work on the first signal, and answer the names of those that came.

    What comes within `repeats_s` seconds of the first is the same wish: `timeout` and a terminal signal the process
    and its group. The handlers outlive the block so long, since what was parked is still to be told.
    """
    loop = asyncio.get_running_loop()
    stopped: list[str] = []

    def release() -> None:
        for number in _NUMBERS:
            loop.remove_signal_handler(number)

    def stop(number: signal.Signals) -> None:
        if not stopped:
            work.cancel()
            loop.call_later(repeats_s, release)
        stopped.append(number.name)

    for number in _NUMBERS:
        loop.add_signal_handler(number, stop, number)
    try:
        yield stopped
    finally:
        if not stopped:
            release()
