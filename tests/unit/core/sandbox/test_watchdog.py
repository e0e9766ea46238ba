"""A watchdog that cannot see does not let go on what it was to watch."""

import subprocess
from pathlib import Path

from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.sandbox.disk import DiskMeter
from tamma_core.sandbox.process_table import ProcessTable
from tamma_core.sandbox.tree import NamespaceTree, namespace_of
from tamma_core.sandbox.watchdog import Watchdog


class Blinded(NamespaceTree):
    """Lose sight of the processes at the first look."""

    def table(self) -> ProcessTable | None:
        raise OSError("gone dark")


def test_a_blind_watchdog_ends_its_command(tmp_path: Path) -> None:
    """An error while looking is taken for an exceeded limit, not for none."""
    child = subprocess.Popen(("sleep", "60"))
    limits = ProcessLimits()
    watchdog = Watchdog(Blinded(child.pid, namespace_of("self")), limits, DiskMeter((str(tmp_path),), limits))
    watchdog.start()
    assert child.wait(timeout=10) == -9
    watchdog.close()
    assert watchdog.ended_by == "cancelled"
