"""Drive each task in a process of its own that kills itself when it is told to; orders come through a socket."""

import asyncio
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from socketserver import ForkingMixIn, StreamRequestHandler, UnixStreamServer

import msgspec
from rehearsal.mortal import with_fate, work_on
from rehearsal.world import Place, world
from tamma_core.domain import events as ev
from tamma_core.domain.errors import LeaseLost
from tamma_core.domain.ids import TaskId
from tamma_core.domain.record import Record
from tamma_core.guards.known_values import KnownValues
from tamma_core.guards.policy import GuardPolicy
from tamma_core.system import SystemClock


class Death(Record, frozen=True, kw_only=True):
    """Say when a worker dies: after so many appends to the journal, or after its start where that is none, and a time."""

    appends: int | None
    after_s: float


class Orders(Record, frozen=True, kw_only=True):
    """Say what a worker works on, and how its life ends."""

    place: Place
    task: str
    death: Death | None
    leap_s: float = 0.0
    """How far the clock of its machine jumps, after its second look at it."""

    def written(self) -> bytes:
        """Write them as one line."""
        return msgspec.json.encode(self, enc_hook=str) + b"\n"


def read(line: bytes) -> Orders:
    """Read orders."""
    return msgspec.json.decode(line, type=Orders, dec_hook=lambda kind, value: kind(value))


class LeapingClock(SystemClock):
    """A clock that is set to another time while somebody works by it."""

    def __init__(self, leap_s: float) -> None:
        self._leap = timedelta(seconds=leap_s)
        self._looks = 0

    def now(self) -> datetime:
        """Answer the time, from the third look on another one."""
        self._looks += 1
        return super().now() + (self._leap if self._looks > 2 else timedelta())


class Countdown:
    """Have a process die after so many appends and a moment."""

    def __init__(self, death: Death) -> None:
        self._left = death.appends
        self._after_s = death.after_s

    def __call__(self, events: Sequence[ev.Event]) -> None:
        """Count one append, and die if that was the last one."""
        del events
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                die_in(self._after_s)


def die_in(seconds: float) -> None:
    """Kill this process then, whatever it does."""
    if not seconds:
        os.kill(os.getpid(), signal.SIGKILL)
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL))
    timer.daemon = True
    timer.start()


async def work(orders: Orders) -> str:
    """Drive a task to its end, or until it is paused."""
    death = orders.death
    if death is not None and death.appends is None:
        die_in(death.after_s)
    place = orders.place
    guard = GuardPolicy(known_secrets=KnownValues([place.forge_token, place.model_key]))
    around = with_fate(None if death is None else Countdown(death))
    async with world(place, around=around, guard=guard, clock=LeapingClock(orders.leap_s)) as opened:
        return await work_on(opened, TaskId(orders.task))


def end_with(giver: socket.socket) -> None:
    """Kill this process when whoever gave it orders is gone."""
    with suppress(ConnectionError):
        giver.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


class Handler(StreamRequestHandler):
    """Do one worker's work: its process is told first, how it went last, and nothing if it is killed."""

    def handle(self) -> None:
        """Work in this process, which was forked for it."""
        self.wfile.write(f"{os.getpid()}\n".encode())
        orders = read(self.rfile.readline())
        threading.Thread(target=end_with, args=(self.connection,), daemon=True).start()
        try:
            said = asyncio.run(work(orders))
        except LeaseLost as error:  # this machine was too slow, and said so: the next worker goes on
            said = json.dumps({"lost": error.message})
        except Exception:  # noqa: BLE001 - whatever it is, the storm has to hear of it
            said = json.dumps({"crash": traceback.format_exc()})
        self.wfile.write(f"{said}\n".encode())


class Nursery(ForkingMixIn, UnixStreamServer):
    """Fork a worker for each connection: what takes seconds to import is there already."""

    max_children = 100
    request_queue_size = 100


if __name__ == "__main__":
    with Nursery(sys.argv[1], Handler) as nursery:
        nursery.serve_forever()
