"""Watch a tree of processes from a thread, so that a busy event loop cannot blind it."""

import logging
import threading
import time

from tamma_core.ports.sandbox import EndedBy, ProcessLimits
from tamma_core.sandbox.disk import DiskMeter
from tamma_core.sandbox.limits import GRACE_S, THREADS_PER_PROCESS
from tamma_core.sandbox.process_table import ProcessTable, Sample
from tamma_core.sandbox.tree import Tree

_log = logging.getLogger(__name__)
INTERVAL_S = 0.01
COST = 10
"""At most one part in so many of the processor time is spent on looking; a clock would count also what a fork bomb takes away."""


class Watchdog:
    """End a tree at the first limit that it exceeds, and remember which one it was."""

    def __init__(self, tree: Tree, limits: ProcessLimits, disk: DiskMeter) -> None:
        """Take what is watched; the time runs from now, the watch from `start`."""
        self._tree = tree
        self._limits = limits
        self._disk = disk
        self._deadline = time.monotonic() + limits.time_s
        self._over = threading.Event()
        self._closing = threading.Lock()
        self.ended_by: EndedBy = "exit"
        self.peak_bytes = 0
        self.cpu_s = 0.0
        self.peak_processes = 0

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="sandbox-watchdog", daemon=True).start()

    def end(self, reason: EndedBy) -> None:
        """Kill the tree now, for a reason that the watchdog cannot see itself."""
        self._note(reason)
        with self._closing:
            if not self._over.is_set():
                self._measure()
                self._tree.kill()

    def close(self) -> None:
        """Stop watching, after the end of the tree."""
        with self._closing:
            if not self._over.is_set():
                self._over.set()
                self._tree.close()

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
            self._note("cancelled")
            self._tree.kill()

    def _look(self, now: float) -> None:
        reason = self._exceeded()
        if reason is not None:
            self._note(reason)
            self._tree.kill()
        elif now > self._deadline + GRACE_S:
            self._tree.kill()
        elif now > self._deadline and self.ended_by == "exit":
            self._note("time")
            self._tree.terminate()

    def _exceeded(self) -> EndedBy | None:
        table = self._tree.table()
        # Counting is cheap and comes first: against a fork bomb each millisecond counts.
        if table is not None and table.count() > self._limits.processes:
            return "processes"
        sample = self._measure()
        if table is None or sample is None:
            return None
        if sample.threads > self._limits.processes * THREADS_PER_PROCESS:
            return "processes"
        if sample.resident_bytes > self._limits.memory_bytes and self._really_exceeds(table):
            return "memory"
        return "disk" if self._disk.exceeded(self._tree.temporary_bytes(), table) else None

    def _measure(self) -> Sample | None:
        """Note what is used; the kernel forgets the processor time of whom it kills."""
        table = self._tree.table()
        if table is None:
            return None
        sample = table.sample()
        self.peak_bytes = max(self.peak_bytes, sample.resident_bytes)
        self.cpu_s = max(self.cpu_s, sample.cpu_s)
        self.peak_processes = max(self.peak_processes, sample.processes)
        return sample

    def _really_exceeds(self, table: ProcessTable) -> bool:
        # Forked workers share pages; only the proportional sum says what the tree costs.
        return table.proportional_bytes() > self._limits.memory_bytes

    def _note(self, reason: EndedBy) -> None:
        if self.ended_by == "exit":
            self.ended_by = reason
