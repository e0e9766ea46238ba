"""Start a command below a supervisor, which takes in its orphans, ends them with it, and all when the harness dies."""

import marshal
import os
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

from msgspec import field

import tamma_core
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import SandboxSpec
from tamma_core.sandbox.announced import await_wall
from tamma_core.sandbox.control_group import ControlGroup
from tamma_core.sandbox.descendant_tree import DescendantTree
from tamma_core.sandbox.descriptors import sealed
from tamma_core.sandbox.disk import DiskMeter
from tamma_core.sandbox.limits import NICENESS, set_limits
from tamma_core.sandbox.running import RunningProcess, Started
from tamma_core.sandbox.spawn import Spawn, abandon, spawn
from tamma_core.sandbox.supervision import MARK
from tamma_core.sandbox.watchdog import Watchdog

START_S = 15.0
BOOT = "import sys; sys.path.append(sys.argv[1]); from {} import main; main(int(sys.argv[2]), int(sys.argv[3]))"


class Supervisor(Record, frozen=True, kw_only=True):
    """Name a supervisor, and say what it wants to know beside the command."""

    name: str
    module: str
    hint: str
    order: Mapping[str, object] = field(default_factory=dict)


async def supervised(
    spec: SandboxSpec, supervisor: Supervisor, disk: DiskMeter, group: ControlGroup | None
) -> RunningProcess:
    """Start the command; raise `SandboxUnavailable` with the supervisor's own words when it does not begin."""
    began = time.monotonic()
    child, output, gate = _spawned(supervisor.module, _order(spec, supervisor, group), spec.stdin)
    with ExitStack() as failed:
        failed.callback(abandon, child, output)
        tree = DescendantTree(child.pid, gate)
        watchdog = Watchdog(tree, spec.limits, disk, group)
        failed.callback(watchdog.close)
        set_limits(child.pid, spec.limits, own_user_namespace=False)
        watchdog.start()
        os.write(gate, b"\n")
        await await_wall(output, MARK, builder=supervisor.name, hint=supervisor.hint, within_s=START_S)
        failed.pop_all()
    return RunningProcess(Started(child, output, tree, watchdog, began), spec.limits)


def _order(spec: SandboxSpec, supervisor: Supervisor, group: ControlGroup | None) -> dict[str, object]:
    return {
        "argv": spec.argv,
        "cwd": spec.cwd,
        "environment": dict(spec.environment),
        "niceness": NICENESS,
        "group": None if group is None else group.entrance,
        **supervisor.order,
    }


def _spawned(module: str, order: dict[str, object], stdin: bytes | None) -> tuple[Popen[bytes], int, int]:
    """Spawn the supervisor; the order travels by descriptor, where no other user of the host reads it."""
    gate, go = os.pipe2(os.O_CLOEXEC)
    with ExitStack() as given, ExitStack() as failed:
        given.callback(os.close, gate)
        failed.callback(os.close, go)
        words = sealed(marshal.dumps(order))
        given.callback(os.close, words)
        source = str(Path(tamma_core.__file__).parent.parent)
        python = (os.path.realpath(sys.executable), "-I", "-S", "-c")
        argv = (*python, BOOT.format(module), source, str(words), str(gate))
        # In a session of its own: what a terminal sends to the harness and its group must not end whoever ends the rest.
        wish = Spawn(argv=argv, environment={}, stdin=stdin, descriptors=(words, gate), session=True)
        child, output = spawn(wish)
        failed.pop_all()
    return child, output, go
