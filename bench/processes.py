"""Run whole programs and measure them from outside: processor time of the process and all it waited for, wall time, peak memory."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tamma_core.domain.record import Record


class Cost(Record, frozen=True, kw_only=True):
    """Hold what one run cost; the peak is the largest of the process and its descendants."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    exit_code: int


def run(argv: Sequence[str | Path], *, environment: Mapping[str, str] | None = None, log: Path | None = None) -> Cost:
    """Run a program to its end; what it prints goes to a file, else nowhere."""
    with (log or Path(os.devnull)).open("wb") as output:
        began = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        cpu_s=used.ru_utime + used.ru_stime,
        wall_s=wall,
        peak_mb=used.ru_maxrss / 1024,
        exit_code=child.returncode,
    )


def in_turns(runs: Mapping[str, Callable[[], Cost]], rounds: int, *, warm_up: int = 1) -> dict[str, list[Cost]]:
    """Run each in turn, again and again, so that what else the machine does falls on all alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for number in range(rounds + warm_up):
        for name, once in runs.items():
            cost = once()
            if number >= warm_up:
                costs[name].append(cost)
    return costs


def median_cpu_s(costs: Sequence[Cost]) -> float:
    """Answer the median processor time."""
    return statistics.median(cost.cpu_s for cost in costs)


def median_wall_s(costs: Sequence[Cost]) -> float:
    """Answer the median wall time."""
    return statistics.median(cost.wall_s for cost in costs)
