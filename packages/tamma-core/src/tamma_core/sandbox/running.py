"""A command that runs: its output, its end, and the end of all that it started."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from resource import RUSAGE_SELF, getrusage, struct_rusage
from subprocess import Popen

from msgspec import field

from tamma_core.domain.consumption import Consumption
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import ProcessLimits, ProcessResult
from tamma_core.sandbox.account import Account, present_account
from tamma_core.sandbox.descriptors import ready
from tamma_core.sandbox.process_table import Times, written_by
from tamma_core.sandbox.tree import Tree
from tamma_core.sandbox.watchdog import Watchdog

CHUNK = 1 << 16
EMPTYING_S = 0.002


class Told(Record, frozen=True, kw_only=True):
    """Hold the books of a command that has ended, with those of whom it waited for."""

    times: Times = field(default_factory=Times)
    largest_bytes: int = 0
    """The most memory that one of its processes had."""
    written_bytes: int = 0


class Started(Record, frozen=True):
    """Hold what a launch hands over."""

    child: Popen[bytes]
    output: int
    """The read end of its output, non-blocking."""
    tree: Tree
    watchdog: Watchdog
    began: float
    """By the monotonic clock."""
    told: Callable[[], "Told"] | None = None
    """Where the child is not the command's parent, and the kernel's books of it are another's: who else tells."""
    account: Account | None = field(default_factory=present_account)
    inherited_bytes: int = field(default_factory=lambda: getrusage(RUSAGE_SELF).ru_maxrss * 1024)
    """The harness's own peak, which the child's books begin with."""
    holds: object = None
    """Its /etc and devices, which are removed from the host when nobody holds them any more, as once the sandbox is dropped."""


class RunningProcess:
    """Stand for a command; each one is ended by `wait` or `kill`, which also give its descriptors back."""

    def __init__(self, started: Started, limits: ProcessLimits) -> None:
        """Take over what was launched; its end is noticed from now on."""
        self._started = started
        self._room = limits.output_bytes
        self._said = 0
        self._open = True
        self._consumer: asyncio.Task[object] | None = None
        self._reading = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[ProcessResult] = self._loop.create_future()
        self._exit = os.pidfd_open(started.child.pid)
        self._loop.add_reader(self._exit, self._reap)

    async def output(self) -> AsyncIterator[bytes]:
        """Yield standard output and error together as they come; a cancelled reader kills everything."""
        self._consumer = asyncio.current_task()
        try:
            while chunk := await self._read():
                yield chunk
        except asyncio.CancelledError:
            await self.kill()
            raise
        finally:
            self._consumer = None

    async def wait(self) -> ProcessResult:
        """Read and drop what nobody reads, then tell how it ended; a cancelled wait kills everything."""
        try:
            # Another task that is reading keeps its right to every byte.
            if self._consumer is None or self._consumer.done() or self._consumer is asyncio.current_task():
                await self._drain()
            return await asyncio.shield(self._ended)
        except asyncio.CancelledError:
            await self.kill()
            raise

    async def kill(self) -> None:
        """End it and everything that it started."""
        self._started.watchdog.end("cancelled")
        await asyncio.shield(self._ended)
        await self._drain()

    async def _drain(self) -> None:
        while await self._read():
            pass

    async def _read(self) -> bytes:
        """Answer the next bytes within the bound, or nothing at the end; more than the bound ends the command."""
        async with self._reading:
            while self._open:
                chunk = await self._chunk()
                self._said += len(chunk)
                kept, self._room = chunk[: self._room], max(0, self._room - len(chunk))
                if len(kept) < len(chunk):
                    self._started.watchdog.end("output")
                if kept:
                    return kept
                if not chunk:
                    self._close()
        return b""

    async def _chunk(self) -> bytes:
        while True:
            ended = self._ended.done()
            try:
                chunk = os.read(self._started.output, CHUNK)
            except BlockingIOError:
                if ended:  # what got away may hold the pipe open for ever
                    return b""
                await ready(self._started.output, self._ended)
            else:
                await asyncio.sleep(0)  # a flood must not keep the loop from others
                return chunk

    def _close(self) -> None:
        self._open = False
        os.close(self._started.output)

    def _reap(self) -> None:
        """Take the exit status, and make sure that nothing is left before anybody hears of it."""
        self._loop.remove_reader(self._exit)
        os.close(self._exit)
        child, tree = self._started.child, self._started.tree
        written = _written_by(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        tree.kill()
        books = _Last(child.returncode, self._told(usage, written))
        if tree.last is None:
            self._empty(books)
        else:
            last = tree.last
            self._loop.add_reader(last, self._last_gone, last, books)

    def _told(self, usage: struct_rusage, written: int) -> "Told":
        if self._started.told is not None:
            return self._started.told()
        # A child begins in its parent's memory, and the kernel books that as its own peak: only more than that is news.
        largest = usage.ru_maxrss * 1024
        news = largest if largest > self._started.inherited_bytes else 0
        return Told(times=Times(usage.ru_utime, usage.ru_stime), largest_bytes=news, written_bytes=written)

    def _last_gone(self, last: int, books: "_Last") -> None:
        self._loop.remove_reader(last)
        self._empty(books)

    def _empty(self, books: "_Last") -> None:
        """Kill what is left of the control group, if there is one, until nothing is; the kernel takes a moment."""
        group = self._started.watchdog.group
        if group is not None and group.populated():
            group.kill()
            self._loop.call_later(EMPTYING_S, self._empty, books)
            return
        self._settle(books)

    def _settle(self, books: "_Last") -> None:
        watchdog = self._started.watchdog
        watchdog.close()
        group = watchdog.group
        if group is not None and (enforced := group.exceeded()):
            watchdog.note(enforced)
        used = self._used(books)
        if group is not None:
            group.remove()
        if self._started.account is not None:
            self._started.account.add(used)
        code = books.code if books.code >= 0 else 128 - books.code
        self._ended.set_result(ProcessResult(exit_code=code, ended_by=watchdog.ended_by, used=used))

    def _used(self, books: "_Last") -> Consumption:
        """Take the most of what several saw: the kernel at the end, the watchdog meanwhile, the control group."""
        watchdog = self._started.watchdog
        counted = [books.told.times, watchdog.books.times()]
        if watchdog.group is not None:
            use = watchdog.group.use()
            counted.append(Times(use.user_s, use.system_s))
        most = max(counted, key=lambda times: times.user_s + times.system_s)
        return Consumption(
            commands=1,
            wall_s=round(time.monotonic() - self._started.began, 6),
            user_s=round(most.user_s, 6),
            system_s=round(most.system_s, 6),
            peak_memory_bytes=max(books.told.largest_bytes, watchdog.books.peak_bytes),
            peak_processes=max(1, watchdog.books.peak_processes),
            output_bytes=self._said,
            written_bytes=max(books.told.written_bytes, watchdog.books.written_bytes),
        )


class _Last(Record, frozen=True):
    """Hold what the kernel told of a child at its end."""

    code: int
    told: Told


def _written_by(pid: int) -> int:
    """Read the books of a child that has ended and is not reaped yet, with those of whom it waited for."""
    with suppress(OSError):
        return written_by(Path(f"/proc/{pid}/io").read_bytes())
    return 0
