"""Run each command in a container of its own, made of the host's programs and libraries; no image is needed."""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from tamma_core.ports.sandbox import Mount, Process, SandboxReport, SandboxSpec
from tamma_core.sandbox.announced import await_wall
from tamma_core.sandbox.attacks import attack
from tamma_core.sandbox.container.arguments import container_arguments
from tamma_core.sandbox.container.engine import HINT, Engine
from tamma_core.sandbox.container.entry import MARK
from tamma_core.sandbox.container.finding import find_engine
from tamma_core.sandbox.container.leftovers import remove_leftovers
from tamma_core.sandbox.container.owner import LABEL, owner
from tamma_core.sandbox.container.place import Place
from tamma_core.sandbox.container.sealing import seal_devices
from tamma_core.sandbox.container.shown import ENTRY, ORDER
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
    """Have podman or docker make the wall: no network, no power, the system read-only, the named mounts alone writable."""

    name = "container"

    def __init__(self, find: Callable[[], Awaitable[Engine]] = find_engine) -> None:
        """Look for nothing yet: the engine is found by the first command."""
        self._find = find
        self._engine: Engine | None = None
        self._report: SandboxReport | None = None
        self._finding = asyncio.Lock()
        self._etc: EtcCopy | None = None

    async def start(self, spec: SandboxSpec) -> Process:
        """Start a command; raise `SandboxUnavailable` when the engine does not make the wall."""
        engine, etc = await self._found()
        with ExitStack() as failed:
            place = Place(spec, etc, self.filters())
            failed.callback(place.remove)
            process = await self._launch(engine, spec, place, etc)
            failed.pop_all()
        return process

    async def prove(self) -> SandboxReport:
        """Attack itself once; later calls answer the same report."""
        if self._report is None:
            attacks = await attack(self)
            engine, _ = await self._found()
            self._report = SandboxReport(backend=self.name, made_by=engine.facts.name, attacks=attacks)
        return self._report

    def arguments(self, spec: SandboxSpec, engine: Engine, mounts: tuple[Mount, ...]) -> tuple[str, ...]:
        """Say the specification in the engine's words."""
        return container_arguments(spec, engine, mounts)

    def filters(self) -> tuple[bytes, ...]:
        """Answer what is refused of the command's system calls beyond what the engine refuses."""
        return compiled((*kernel_rules(), *identity_rules(), *mode_rules())), newest_only()

    async def _found(self) -> tuple[Engine, EtcCopy]:
        async with self._finding:
            if self._engine is None or self._etc is None:
                engine = await self._find()
                await remove_leftovers(engine)
                self._engine, self._etc = engine, EtcCopy(uid=engine.facts.uid, gid=engine.facts.gid)
            return self._engine, self._etc

    async def _launch(self, engine: Engine, spec: SandboxSpec, place: Place, etc: EtcCopy) -> RunningProcess:
        began = time.monotonic()
        name, disk = f"tamma-{secrets.token_hex(8)}", DiskMeter(writable_mounts(spec), spec.limits)
        command = engine.facts.command
        argv = (
            *(*command.words, "run", *self.arguments(spec, engine, place.mounts)),
            *("--name", name, "--label", f"{LABEL}={owner()}", *await engine.root(place), *PYTHON, ENTRY, ORDER),
        )
        with ExitStack() as given, ExitStack() as failed:
            gate, go = os.pipe2(os.O_CLOEXEC)
            given.callback(os.close, gate)
            failed.callback(os.close, go)
            guard = guarded(engine, name)
            failed.callback(os.close, guard)
            child, output = spawn(Spawn(argv=argv, environment=command.environment, stdin=gate, session=True))
            failed.callback(abandon, child, output)
            await await_wall(output, MARK, builder="the container engine", hint=HINT, within_s=START_S)
            tree = ContainerTree(await engine.first_process(name, place), place, go, guard)
            failed.callback(tree.let_go)
            watchdog = Watchdog(tree, spec.limits, disk)
            await seal_devices(tree.init)
            set_limits(tree.init, spec.limits, own_user_namespace=engine.facts.own_users)
            yield_to_others(tree.init)
            tree.enter(temporary_directories(spec))
            watchdog.start()
            os.write(go, b"\n")
            failed.pop_all()
        return RunningProcess(Started(child, output, tree, watchdog, began, told=place.told, holds=etc), spec.limits)
