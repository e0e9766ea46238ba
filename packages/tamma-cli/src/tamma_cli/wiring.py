"""Build the concrete adapters: the only place that knows which there are."""

import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import field
from tamma_config.layer import Layer
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.record import Record

from tamma_cli.boundary import Boundary
from tamma_cli.session import Session

if TYPE_CHECKING:
    from tamma_config.configuration import Configuration
    from tamma_core.domain.ids import TaskId
    from tamma_core.domain.task import TaskSettings
    from tamma_core.guards.policy import GuardPolicy
    from tamma_core.ports.journal import Journal
    from tamma_core.ports.sandbox import Sandbox
    from tamma_core.sandbox.opening import Level
    from tamma_core.workspace.workspaces import Workspaces
    from tamma_store.store import Store


class Launch(Record, frozen=True, kw_only=True):
    """Say where settings come from, and which of them the command line gave."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    home: Path = field(default_factory=Path.home)
    config: Path | None = None
    options: Layer | None = None
    sandbox: str | None = None


def load_configuration(boundary: Boundary, launch: Launch) -> "Configuration":
    """Load the configuration, mask its secrets from now on, and pass on its warnings."""
    from tamma_config.load import load
    from tamma_core.guards.redaction import Redactor

    from tamma_cli.installed import INSTALLED

    configuration = load(
        launch.environ, home=launch.home, chosen=launch.config, options=launch.options, installed=INSTALLED
    )
    boundary.use_mask(Redactor(configuration.secrets()).mask)
    for warning in configuration.warnings:
        boundary.screen.warn(warning)
    return configuration


def data_directory(configuration: "Configuration", launch: Launch) -> Path:
    """Answer where the journal and the working copies are."""
    written = configuration.settings.store.path
    return launch.home / written.removeprefix("~/") if written.startswith("~/") else Path(written).absolute()


@contextlib.asynccontextmanager
async def open_journal(
    boundary: Boundary, launch: Launch, configuration: "Configuration | None" = None
) -> "AsyncIterator[Store]":
    """Open the store alone, for commands that only look or decide."""
    from tamma_core.system import SystemClock
    from tamma_store.store import open_store

    configuration = configuration or load_configuration(boundary, launch)
    data = data_directory(configuration, launch)
    store = await open_store(data, clock=SystemClock(), mask=boundary.mask)
    try:
        yield store
    finally:
        await store.aclose()


@contextlib.asynccontextmanager
async def open_session(
    boundary: Boundary, launch: Launch, configuration: "Configuration", store: "Store", settings: "TaskSettings"
) -> AsyncIterator[Session]:
    """Open everything that a task needs; the sandbox attacks itself first."""
    from tamma_config.rules import read_policy
    from tamma_core.engine.assembly import Adapters, assemble
    from tamma_core.engine.engine import Engine
    from tamma_core.engine.ground import Reach, ground_in
    from tamma_core.system import SystemClock, SystemEntropy

    from tamma_cli.capped_budget import CappedBudget
    from tamma_cli.forges import ConfiguredForges
    from tamma_cli.models import ConfiguredModels
    from tamma_cli.package_hosts import package_proxy

    clock, entropy = SystemClock(), SystemEntropy()
    data = data_directory(configuration, launch)
    sandbox = await _sandbox(boundary, level_of(configuration, launch))
    reach = Reach(egress=package_proxy(configuration), plain_http=configuration.settings.plain_http)
    ground = ground_in(data, sandbox, environ=launch.environ, clock=clock, entropy=entropy, reach=reach)
    await _sweep(ground.workspaces, store.journal)
    _warn_of_network(boundary, settings)
    forges = ConfiguredForges(configuration, data / "plain-git")
    models = ConfiguredModels(configuration, settings)
    ports = assemble(
        Adapters(
            journal=store.journal,
            log=store.log,
            blobs=store.blobs,
            budget=CappedBudget(store.budget, day_usd=configuration.settings.limits.cost_usd_per_day),
            clock=clock,
            entropy=entropy,
            forges=forges,
            models=models,
            workspaces=ground.workspaces,
            verifier=ground.verifier,
            read_policy=read_policy,
            stop_file=data / "stop",
            guard=guard_of(configuration),
        )
    )
    owner = f"{socket.gethostname()}:{os.getpid()}:{entropy.token()}"
    try:
        engine = Engine(ports, owner=owner)
        yield Session(configuration=configuration, ports=ports, engine=engine, settings=settings, sandbox=sandbox.name)
    finally:
        await models.dispose()
        await forges.dispose()


def _warn_of_network(boundary: Boundary, settings: "TaskSettings") -> None:
    from tamma_core.domain.task import SetupNetwork

    if settings.setup_network is SetupNetwork.HOST:
        boundary.screen.warn(
            "the set-up of dependencies has the host's network: it can reach all that this machine can"
        )


async def _sandbox(boundary: Boundary, level: "Level") -> "Sandbox":
    """Open the sandbox of a level, and say loudly when it is none."""
    from tamma_core.sandbox.opening import open_sandbox

    if level == "none":
        boundary.screen.warn("no sandbox: the repository's code and the agent's commands can do all that you can")
    return await open_sandbox(level, accept_none=level == "none")


def guard_of(configuration: "Configuration") -> "GuardPolicy":
    """Tell the guard the secrets that must not leave, and how much stricter it shall be."""
    from tamma_core.guards.known_values import KnownValues
    from tamma_core.guards.policy import GuardPolicy

    policy = GuardPolicy(known_secrets=KnownValues(value.get_secret_value() for value in configuration.secrets()))
    written = configuration.settings.guard
    return policy.stricter(refused=written.refuse, max_files=written.max_files, max_lines=written.max_lines)


async def _sweep(workspaces: "Workspaces", journal: "Journal") -> None:
    """Remove what tasks that ended, or were cancelled, left on the disk."""
    from tamma_core.domain.task import TaskStatus
    from tamma_core.ports.journal import TaskFilter

    unfinished = frozenset(status for status in TaskStatus if not status.ended)

    async def active() -> "set[TaskId]":
        found = await journal.summaries(TaskFilter(statuses=unfinished, limit=sys.maxsize))
        return {summary.id for summary in found}

    await workspaces.sweep(active)


def level_of(configuration: "Configuration", launch: Launch) -> "Level":
    """Answer the sandbox level of the command line or the configuration; raise `InvalidInput` for one that there is not."""
    match launch.sandbox:
        case None:
            return configuration.settings.sandbox.level
        case "auto" | "bubblewrap" | "landlock" | "container" | "none" as chosen:
            return chosen
        case other:
            raise InvalidInput(
                f"there is no sandbox `{other}`", hint="use `auto`, `bubblewrap`, `landlock`, `container` or `none`"
            )
