"""Watch a tree of processes from a thread, so that a busy event loop cannot blind it."""

import logging
import threading
import time

from tamma_core.ports.sandbox import EndedBy, ProcessLimits
from tamma_core.sandbox.books import Books
from tamma_core.sandbox.control_group import ControlGroup
from tamma_core.sandbox.disk import DiskMeter
from tamma_core.sandbox.hidden_memory import HiddenMemory
from tamma_core.sandbox.limits import GRACE_S, THREADS_PER_PROCESS
from tamma_core.sandbox.process_table import ProcessTable, Sample
from tamma_core.sandbox.tree import Tree

_log = logging.getLogger(__name__)
INTERVAL_S = 0.01
COST = 10
"""At most one part in so many of the processor time is spent on looking; a clock would count also what a fork bomb takes away."""


class Watchdog:
    """End a tree at the first limit that it exceeds, and remember which one it was."""

    def __init__(self, tree: Tree, limits: ProcessLimits, disk: DiskMeter, group: ControlGroup | None = None) -> None:
        """Take what is watched, and the control group if it has one; the time runs from now, the watch from `start`."""
        self._tree = tree
        self._limits = limits
        self._disk = disk
        self.group = group
        self._deadline = time.monotonic() + limits.time_s
        self._over = threading.Event()
        self._closing = threading.Lock()
        self._hidden = HiddenMemory()
        self.ended_by: EndedBy = "exit"
        self.books = Books()

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="sandbox-watchdog", daemon=True).start()

    def end(self, reason: EndedBy) -> None:
        """Kill the tree now, for a reason that the watchdog cannot see itself."""
        self.note(reason)
        with self._closing:
            if not self._over.is_set():
                self._measure()
                self._kill()

    def close(self) -> None:
        """Stop watching, after the end of the tree."""
        with self._closing:
            if not self._over.is_set():
                self._over.set()
                self._tree.close()

    def note(self, reason: EndedBy) -> None:
        """Remember why it ended, unless there was a reason before."""
        if self.ended_by == "exit":
            self.ended_by = reason

    def _watch(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            began = time.thread_time()
            with self._closing:
                if not self._over.is_set():
                    self._look_or_end(time.monotonic())
            pause = max(INTERVAL_S, COST * (time.thread_time() - began))

    def _look_or_end(self, now: float) -> None:
        try:
            self._look(now)
        except Exception:  # noqa: BLE001 - whatever it is, nobody would be watching any more
            _log.exception("the watchdog cannot see, and ends what it watched")
            self.note("cancelled")
            self._tree.kill()

    def _look(self, now: float) -> None:
        reason = self._exceeded()
        if reason is not None:
            self.note(reason)
            self._kill()
        elif now > self._deadline + GRACE_S:
            self._kill()
        elif now > self._deadline and self.ended_by == "exit":
            self.note("time")
            self._tree.terminate()

    def _kill(self) -> None:
        table = self._tree.table()
        if table is not None and self.ended_by != "processes":  # each of a fork bomb's would have to be asked
            self.books.written_bytes = max(self.books.written_bytes, table.written_bytes())
        if self.group is not None:
            self.group.kill()
        self._tree.kill()

    def _exceeded(self) -> EndedBy | None:
        table = self._tree.table()
        # Counting is cheap and comes first: against a fork bomb each millisecond counts.
        if table is not None and table.count() > self._limits.processes:
            return "processes"
        if self.group is not None and (enforced := self.group.exceeded()):
            return enforced
        sample = self._measure()
        if table is None or sample is None:
            return None
        if sample.threads > self._limits.processes * THREADS_PER_PROCESS:
            return "processes"
        temporary = self._tree.temporary_bytes()
        if self._memory_exceeded(table, sample, temporary):
            return "memory"
        return "disk" if self._disk.exceeded(temporary, table) else None

    def _measure(self) -> Sample | None:
        """Note what is used; the kernel forgets the processor time of whom it kills."""
        table = self._tree.table()
        if table is None:
            return None
        sample = table.sample()
        if self.group is not None and self.group.bounds_memory:
            memory_bytes = self.group.use().memory_bytes
        else:
            memory_bytes = sample.resident_bytes + self._tree.temporary_bytes()
        self.books.note(sample, memory_bytes)
        return sample

    def _memory_exceeded(self, table: ProcessTable, sample: Sample, temporary_bytes: int) -> bool:
        limit = self._limits.memory_bytes
        if self.group is not None and self.group.bounds_memory:
            return False  # the kernel sees to it
        if sample.resident_bytes + temporary_bytes + self._hidden.suspected_bytes() <= limit:
            return False
        # Forked workers share pages, and files in memory may be anybody's; only this tells what the tree costs.
        hidden = temporary_bytes + self._hidden.nameless_bytes(table)
        self.books.peak_bytes = max(self.books.peak_bytes, sample.resident_bytes + hidden)
        return table.proportional_bytes(hidden) > limit
