"""Start a command behind bubblewrap's wall, with its limits in place before it begins."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from subprocess import Popen
from typing import NoReturn

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import SandboxSpec
from tamma_core.sandbox.announced import read_to_mark
from tamma_core.sandbox.control_group import ControlGroup
from tamma_core.sandbox.descriptors import read_some, sealed
from tamma_core.sandbox.disk import DiskMeter
from tamma_core.sandbox.hints import hint_for
from tamma_core.sandbox.limits import set_limits, yield_to_others
from tamma_core.sandbox.mounts import writable_mounts
from tamma_core.sandbox.running import RunningProcess, Started
from tamma_core.sandbox.spawn import Spawn, abandon, spawn
from tamma_core.sandbox.system import input_path
from tamma_core.sandbox.tree import NamespaceTree, namespace_of
from tamma_core.sandbox.wall import temporary_directories
from tamma_core.sandbox.watchdog import Watchdog

START_S = 15.0
MARK = b"tamma:begin\n"
"""The inner shell's first words: what comes before them was said by bubblewrap, and means that there is no wall."""
GATE = 'echo tamma:begin; read -r _ || exit 125; (exec "$@" <"$0"); exit $?'
"""Then it waits for a line from the harness: should the harness die before it has put everything in place, none comes."""


class _Gates(Record, frozen=True):
    information: int
    """Here bubblewrap tells its first process."""
    go: int
    """The inner shell waits for a line from here."""


class Wall(Record, frozen=True):
    """Say what bubblewrap shall build."""

    options: tuple[str, ...]
    filters: tuple[bytes, ...]
    """Compiled for the kernel: which system calls there are inside."""
    holds: object
    """Kept for as long as the command runs."""


async def launch(program: str, wall: Wall, spec: SandboxSpec, group: ControlGroup | None = None) -> RunningProcess:
    """Start the command; raise `SandboxUnavailable` with bubblewrap's own words when the wall does not stand."""
    began = time.monotonic()
    disk = DiskMeter(writable_mounts(spec), spec.limits)
    with ExitStack() as unfinished:
        child, output, gates = _spawned(program, wall, spec, unfinished)
        with ExitStack() as failed:
            failed.callback(abandon, child, output)
            async with _bounded(program):
                tree = await _held(gates, output)
                failed.callback(tree.close)
                said = await read_to_mark(output, MARK)
                if not said.endswith(MARK):
                    await _refuse(output, said)
            watchdog = _guarded(tree, spec, disk, group)
            os.write(gates.go, b"\n")
            failed.pop_all()
    return RunningProcess(Started(child, output, tree, watchdog, began, holds=wall.holds), spec.limits)


@asynccontextmanager
async def _bounded(program: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(START_S):
            yield
    except TimeoutError as error:
        raise SandboxUnavailable(f"`{program}` did not build a wall within {START_S:g} s") from error


def _spawned(program: str, wall: Wall, spec: SandboxSpec, stack: ExitStack) -> tuple[Popen[bytes], int, _Gates]:
    """Spawn bubblewrap; its options travel by descriptor, where no other user of the host reads them."""
    information, tell = os.pipe2(os.O_CLOEXEC)
    gate, go = os.pipe2(os.O_CLOEXEC)
    for kept in (information, go):
        stack.callback(os.close, kept)
    with ExitStack() as given:
        given.callback(os.close, gate)
        files = () if spec.stdin is None else (sealed(spec.stdin),)
        words = [word for descriptor in files for word in ("--file", str(descriptor), input_path(spec))]
        filters = [sealed(code) for code in wall.filters]
        words += [word for descriptor in filters for word in ("--add-seccomp-fd", str(descriptor))]
        # Files come first: the options end with making everything read-only.
        arguments = sealed("\0".join([*words, *wall.options]).encode())
        descriptors = (tell, arguments, *files, *filters)
        for descriptor in descriptors:
            given.callback(os.close, descriptor)
        control = ("--args", str(arguments), "--info-fd", str(tell))
        argv = (program, *control, "--", "/bin/sh", "-c", GATE, input_path(spec), *spec.argv)
        child, output = spawn(Spawn(argv=argv, environment={}, stdin=gate, descriptors=descriptors))
    os.set_blocking(information, False)
    return child, output, _Gates(information, go)


async def _held(gates: _Gates, output: int) -> NamespaceTree:
    """Learn the first process, and take hold of it."""
    told = b""
    while chunk := await read_some(gates.information, 4096):
        told += chunk
    if not told:
        await _refuse(output)
    information = json.loads(told)
    init = int(information["child-pid"])
    namespace = int(information.get("pid-namespace", namespace_of("self")))
    try:
        return NamespaceTree(init, namespace)
    except ProcessLookupError:
        await _refuse(output)


def _guarded(tree: NamespaceTree, spec: SandboxSpec, disk: DiskMeter, group: ControlGroup | None) -> Watchdog:
    """Put limits and watchdog in place while the shell waits."""
    set_limits(tree.init, spec.limits, own_user_namespace=True)
    if group is not None:
        group.take(tree.init)
    yield_to_others(tree.init)
    tree.enter(temporary_directories(spec))
    watchdog = Watchdog(tree, spec.limits, disk, group)
    watchdog.start()
    return watchdog


async def _refuse(output: int, said: bytes = b"") -> NoReturn:
    while chunk := await read_some(output, 4096):
        said += chunk
    reason = said.decode(errors="replace").strip()[:1000] or "bubblewrap said nothing"
    raise SandboxUnavailable(f"the sandbox could not be built: {reason}", hint=hint_for(reason))
