"""Run each command in a container of its own, made of the host's programs and libraries; no image is needed."""

import asyncio
import os
import secrets
import time
from contextlib import ExitStack

from tamma_core.ports.sandbox import Mount, Process, SandboxReport, SandboxSpec
from tamma_core.sandbox.announced import await_wall
from tamma_core.sandbox.attacks import attack
from tamma_core.sandbox.container.arguments import ENTRY, ORDER, container_arguments
from tamma_core.sandbox.container.engine import HINT, Engine, find_engine, surroundings
from tamma_core.sandbox.container.entry import MARK
from tamma_core.sandbox.container.leftovers import LABEL, owner, remove_leftovers
from tamma_core.sandbox.container.place import Place
from tamma_core.sandbox.container.tree import ContainerTree, guarded
from tamma_core.sandbox.disk import DiskMeter
from tamma_core.sandbox.etc_copy import EtcCopy
from tamma_core.sandbox.interpreter import PYTHON
from tamma_core.sandbox.limits import set_limits, yield_to_others
from tamma_core.sandbox.mounts import writable_mounts
from tamma_core.sandbox.running import RunningProcess, Started
from tamma_core.sandbox.spawn import Spawn, abandon, spawn
from tamma_core.sandbox.syscall_filter import compiled, newest_only
from tamma_core.sandbox.syscall_rules import identity_rules, kernel_rules, mode_rules
from tamma_core.sandbox.wall import temporary_directories
from tamma_core.sandbox.watchdog import Watchdog

START_S = 60.0


class Container:
    """Have podman make the wall: no network, no power, the system read-only, the named mounts alone writable."""

    name = "container"

    def __init__(self) -> None:
        """Look for nothing yet: the engine is found by the first command."""
        self._engine: Engine | None = None
        self._report: SandboxReport | None = None
        self._finding = asyncio.Lock()
        self._etc = EtcCopy()

    async def start(self, spec: SandboxSpec) -> Process:
        """Start a command; raise `SandboxUnavailable` when the engine does not make the wall."""
        engine = await self._found()
        with ExitStack() as failed:
            place = Place(spec, self._etc, self.filters())
            failed.callback(place.remove)
            process = await self._launch(engine, spec, place)
            failed.pop_all()
        return process

    async def prove(self) -> SandboxReport:
        """Attack itself once; later calls answer the same report."""
        if self._report is None:
            self._report = SandboxReport(backend=self.name, attacks=await attack(self))
        return self._report

    def arguments(self, spec: SandboxSpec, engine: Engine, mounts: tuple[Mount, ...]) -> tuple[str, ...]:
        """Say the specification in the engine's words."""
        return container_arguments(spec, engine, mounts)

    def filters(self) -> tuple[bytes, ...]:
        """Answer what is refused of the command's system calls beyond what the engine refuses."""
        return compiled((*kernel_rules(), *identity_rules(), *mode_rules())), newest_only()

    async def _found(self) -> Engine:
        async with self._finding:
            if self._engine is None:
                engine = await find_engine()
                await remove_leftovers(engine)
                self._engine = engine
            return self._engine

    async def _launch(self, engine: Engine, spec: SandboxSpec, place: Place) -> RunningProcess:
        began = time.monotonic()
        name, disk = f"tamma-{secrets.token_hex(8)}", DiskMeter(writable_mounts(spec), spec.limits)
        argv = (
            *(engine.program, *engine.runtime, "run", *self.arguments(spec, engine, place.mounts)),
            *("--name", name, "--label", f"{LABEL}={owner()}", "--pidfile", str(place.pid)),
            *("--rootfs", str(place.root), *PYTHON, ENTRY, ORDER),
        )
        with ExitStack() as given, ExitStack() as failed:
            gate, go = os.pipe2(os.O_CLOEXEC)
            given.callback(os.close, gate)
            failed.callback(os.close, go)
            guard = guarded(engine, name)
            failed.callback(os.close, guard)
            child, output = spawn(Spawn(argv=argv, environment=surroundings(), stdin=gate, session=True))
            failed.callback(abandon, child, output)
            await await_wall(output, MARK, builder="the container engine", hint=HINT, within_s=START_S)
            tree = ContainerTree(place, go, guard)
            failed.callback(tree.let_go)
            watchdog = Watchdog(tree, spec.limits, disk)
            set_limits(tree.init, spec.limits, own_user_namespace=True)
            yield_to_others(tree.init)
            tree.enter(temporary_directories(spec))
            watchdog.start()
            os.write(go, b"\n")
            failed.pop_all()
        return RunningProcess(Started(child, output, tree, watchdog, began, told=place.told), spec.limits)
