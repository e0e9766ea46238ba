"""Find a place among the kernel's control groups (version 2) where commands can have groups of their own."""

import itertools
import logging
import os
import secrets
import select
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.sandbox.control_group import ControlGroup
from tamma_core.sandbox.held_directory import hold

_log = logging.getLogger(__name__)
WANTED = ("memory", "pids")
_PREFIX = "tamma-"
_HARNESS = "harness"
END_S = 2.0


class ControlGroups:
    """Make a group for each command, below one directory that is this process's.

    `bounds` names what groups bound here; a group always can be killed as a whole, and always counts processor time.
    """

    def __init__(self, home: Path, lock: int) -> None:
        """Take over a directory that was made for this process, and the descriptor that locks it."""
        self.home = home
        self.bounds = tuple(name for name in WANTED if name in _words(home / "cgroup.subtree_control"))
        self._numbers = itertools.count(1)
        weakref.finalize(self, _leave, home, lock)

    def make(self, limits: ProcessLimits) -> ControlGroup:
        """Make a group with these limits; raise `OSError` when the kernel refuses."""
        return ControlGroup(self.home / str(next(self._numbers)), self.bounds, limits)


def find_control_groups() -> ControlGroups | str:
    """Answer groups where they can be had, else why not; what killed processes left there is ended and removed."""
    home = _own_group()
    if home is None:
        return "no control groups of version 2 are mounted"
    reason = ""
    for place in (home, home.parent):
        if not os.access(place / "cgroup.procs", os.W_OK):  # through there a process goes from us to a group
            reason = reason or f"{place} is not ours to write"
            continue
        try:
            return ControlGroups(*_made(place))
        except OSError as error:
            reason = reason or f"{place} takes no groups: {error.strerror}"
    return reason


@contextmanager
def group_for(groups: ControlGroups | None, limits: ProcessLimits) -> Iterator[ControlGroup | None]:
    """Make a group for a command that is being started, and remove it when that fails.

    Where the kernel refuses one, as with too many, the command has the bounds that it has without.
    """
    group = None
    if groups is not None:
        try:
            group = groups.make(limits)
        except OSError as error:
            _log.warning("no control group for a command: %s", error.strerror)
    try:
        yield group
    except BaseException:
        if group is not None:
            group.kill()
            group.remove()
        raise


def _own_group() -> Path | None:
    """Answer the directory of this process's group, as seen here."""
    with suppress(OSError):
        own = next((line[3:] for line in _lines("/proc/self/cgroup") if line.startswith("0::")), None)
        for line in _lines("/proc/self/mountinfo"):
            head, _, tail = line.partition(" - ")
            root, mounted = head.split()[3:5]
            if own is not None and tail.split()[0] == "cgroup2":
                return Path(mounted, os.path.relpath(own, root)).resolve()
    return None


def _made(place: Path) -> tuple[Path, int]:
    """Make this process's directory, with every bound that can be had; raise `OSError` when it cannot be made."""
    _sweep(place)
    home = place / f"{_PREFIX}{secrets.token_hex(4)}"
    home.mkdir()
    lock = hold(home)
    if lock is None:
        raise BlockingIOError(0, "taken away by another process")
    bounds = [name for name in WANTED if name in _words(place / "cgroup.controllers")]
    if not set(bounds) <= set(_words(place / "cgroup.subtree_control")):
        _step_aside(place, home)
        _enable(place, bounds)
    _enable(home, bounds)
    return home, lock


def _step_aside(place: Path, home: Path) -> None:
    """Move this process into a group of its own: the kernel bounds no groups beside processes."""
    if _words(place / "cgroup.procs") == [str(os.getpid())]:
        with suppress(OSError):
            (home / _HARNESS).mkdir()
            (home / _HARNESS / "cgroup.procs").write_text(str(os.getpid()))


def _enable(directory: Path, names: list[str]) -> None:
    for name in names:
        with suppress(OSError):
            (directory / "cgroup.subtree_control").write_text(f"+{name}")


def _sweep(place: Path) -> None:
    for left in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            lock = hold(left)
            if lock is not None:
                (left / "cgroup.kill").write_text("1")
                _await_end(left)
                _leave(left, lock)


def _await_end(directory: Path) -> None:
    """Wait until nothing in it is alive, which the kernel tells by this file."""
    with (directory / "cgroup.events").open() as events:
        change = select.poll()
        change.register(events, select.POLLPRI)
        deadline = time.monotonic() + END_S
        while "populated 1" in events.read() and time.monotonic() < deadline:
            change.poll(1000 * END_S)
            events.seek(0)


def _leave(home: Path, lock: int) -> None:
    for directory in (*home.glob("*/"), home):
        with suppress(OSError):
            directory.rmdir()
    os.close(lock)


def _lines(path: str) -> Iterator[str]:
    yield from Path(path).read_text().splitlines()


def _words(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text().split()
    return []
