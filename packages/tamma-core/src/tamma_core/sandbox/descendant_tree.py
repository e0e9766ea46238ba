"""Reach everything that a supervisor's command started."""

import os
import signal
from contextlib import suppress

from tamma_core.sandbox.descendants import descendants, signal_all
from tamma_core.sandbox.process_table import ProcessTable


class DescendantTable(ProcessTable):
    """Read the host's /proc, narrowed to the descendants of one process."""

    def __init__(self, root: int) -> None:
        """Open /proc."""
        super().__init__(os.open("/proc", os.O_RDONLY | os.O_DIRECTORY))
        self._root = root

    def members(self) -> list[int]:
        """Answer the descendants."""
        return descendants(self._root)


class DescendantTree:
    """Reach the descendants of a supervisor, to which every orphan of theirs comes."""

    def __init__(self, supervisor: int, gate: int) -> None:
        """Take the supervisor, and the descriptor by which it is told to end everything."""
        self._supervisor = supervisor
        self._gate = gate
        self._table: DescendantTable | None = DescendantTable(supervisor)

    @property
    def last(self) -> None:
        """Answer nothing: the supervisor itself ends after all others."""
        return

    def table(self) -> ProcessTable | None:
        """Answer the descendants' table."""
        return self._table

    def temporary_bytes(self) -> int:
        """Answer zero: temporary files lie on the disk, and are measured there."""
        return 0

    def terminate(self) -> None:
        """Send SIGTERM to each descendant."""
        signal_all(self._supervisor, signal.SIGTERM)

    def kill(self) -> None:
        """Tell the supervisor to kill until nobody is left."""
        with suppress(OSError):
            os.write(self._gate, b"k")
        # Among thousands of a fork bomb's children it would wait long for its turn. Only root may, and only root needs to.
        with suppress(PermissionError, ProcessLookupError):
            os.sched_setscheduler(self._supervisor, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))

    def close(self) -> None:
        """Give descriptors back; without them the supervisor ends as well."""
        if self._table is not None:
            self._table.close()
            self._table = None
            os.close(self._gate)
