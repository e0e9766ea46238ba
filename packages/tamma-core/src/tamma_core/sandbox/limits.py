"""Put the kernel's own bounds on a process before it starts anything."""

import math
import os
import resource
from contextlib import suppress
from pathlib import Path

from tamma_core.ports.sandbox import ProcessLimits

GRACE_S = 2.0
"""From SIGTERM to SIGKILL."""
NICENESS = 5
"""About a third of the harness's share where both want the processor; all of it where only the sandbox does."""
THREADS_PER_PROCESS = 16
"""How many threads a process may have on average before the count of processes is called exceeded."""


def set_limits(pid: int, limits: ProcessLimits, *, own_user_namespace: bool) -> None:
    """Lower the limits of a process that has not begun yet; its children inherit them."""
    # The watchdog sees resident memory and is to act first, with the true reason: hence the half on top.
    _lower(pid, resource.RLIMIT_DATA, limits.memory_bytes + limits.memory_bytes // 2)
    _lower(pid, resource.RLIMIT_FSIZE, limits.file_bytes)
    _lower(pid, resource.RLIMIT_NOFILE, limits.open_files)
    _lower(pid, resource.RLIMIT_CORE, 0)
    # A backstop for a harness that was stopped itself: no process can use more than all processors all the time.
    _lower(pid, resource.RLIMIT_CPU, math.ceil((limits.time_s + GRACE_S) * (os.cpu_count() or 1)) + 1)
    if own_user_namespace:
        # Counted per user and namespace; outside of one it would count the user's other programs.
        _lower(pid, resource.RLIMIT_NPROC, limits.processes * THREADS_PER_PROCESS)


def yield_to_others(pid: int) -> None:
    """Let the harness go first: under a fork bomb the watchdog needs its turn, and root's processes have no other bound."""
    with suppress(ProcessLookupError, PermissionError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    # Where the kernel groups tasks by session, a niceness counts only within the group; the group has its own.
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))


def _lower(pid: int, which: int, value: int) -> None:
    _, hard = resource.prlimit(pid, which)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.prlimit(pid, which, (bound, bound))
