"""Build what a replay stands on: the real engine and adapters, with a record in the world's place."""

import contextlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from pathlib import Path
from typing import NoReturn

from msgspec.structs import replace
from tamma_config.configuration import Configuration
from tamma_config.rules import read_policy
from tamma_core.domain.errors import Defect
from tamma_core.domain.ids import TaskId
from tamma_core.domain.state import fold
from tamma_core.engine.assembly import Adapters, assemble_heard
from tamma_core.engine.step import Ports
from tamma_core.guards.policy import GuardPolicy
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.budget import Amount, Reservation, Scope
from tamma_core.ports.sandbox import Process, SandboxReport, SandboxSpec
from tamma_core.ports.task_log import Level, LogLine
from tamma_core.record.forges import HeardForges
from tamma_core.replay.blobs import OverlaidBlobs
from tamma_core.replay.claims import read_story
from tamma_core.replay.journal import ReplayJournal
from tamma_core.replay.run import Replayed, replay
from tamma_core.system import SystemClock, SystemEntropy
from tamma_core.verification.place import Toolchain
from tamma_core.verification.runner import Verifier
from tamma_core.workspace.workspace import Workspace
from tamma_core.workspace.workspaces import Workspaces
from tamma_store.store import Store

from tamma_cli.forges import ConfiguredForges
from tamma_cli.models import ConfiguredModels


class Nothing:
    """Stand where a replay uses nothing: commands, tests and money are in the record; lines are for nobody."""

    name = "record"

    async def prove(self) -> SandboxReport:
        """Refuse."""
        _refuse("a sandbox")

    async def start(self, spec: SandboxSpec) -> Process:
        """Refuse: no command of a repository is run."""
        _refuse(f"the command {spec.argv[0]}")

    async def reserve(self, scopes: Sequence[Scope], worst: Amount) -> Reservation:
        """Refuse."""
        _refuse(f"{worst.usd} USD of {len(scopes)} caps")

    async def settle(self, reservation: Reservation, actual: Amount) -> None:
        """Refuse."""
        _refuse(f"the books, for {reservation} and {actual}")

    async def spent(self, scope: str) -> Amount:
        """Refuse."""
        _refuse(f"the books, for {scope}")

    async def append(self, task: TaskId, text: str, *, level: Level = "info", step: str = "") -> int:  # noqa: ARG002 - nobody listens
        """Let a line go."""
        return 0

    async def follow(self, task: TaskId, *, after: int = 0, until_idle: bool = False) -> AsyncIterator[LogLine]:  # noqa: ARG002 - as above
        """Yield nothing."""
        lines: Sequence[LogLine] = ()
        for line in lines:
            yield line


def _refuse(what: str) -> NoReturn:
    raise Defect(f"a replay asked for {what}", hint="report this with the journal")


async def replayed(
    store: Store, configuration: Configuration, guard: GuardPolicy, data: Path, task: TaskId
) -> AsyncGenerator[Replayed]:
    """Replay a task of a data directory; what it writes goes to a directory that is gone afterwards."""
    story = await read_story(store.journal, store.blobs, task)
    # A replay sends no key and no token, so they need not be set.
    configuration = replace(configuration, missing={})
    settings = fold(story.events).task.settings
    redactor, blobs, nothing = Redactor(guard.known_secrets), OverlaidBlobs(store.blobs), Nothing()
    async with contextlib.AsyncExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tamma-replay-")))
        _borrow_cache(data / "work", place / "work")

        def open_ports(journal: ReplayJournal, overlaid: OverlaidBlobs) -> Ports:
            forges, models = (
                ConfiguredForges(configuration, place / "plain-git"),
                ConfiguredModels(configuration, settings),
            )
            stack.push_async_callback(forges.dispose)
            stack.push_async_callback(models.dispose)
            return assemble_heard(
                Adapters(
                    journal=journal,
                    log=nothing,
                    blobs=overlaid,
                    budget=nothing,
                    clock=SystemClock(),
                    entropy=SystemEntropy(),
                    forges=HeardForges(forges, overlaid, redactor),
                    models=models,
                    workspaces=Workspaces(place / "work", nothing),
                    verifier=verifier,
                    read_policy=read_policy,
                    guard=guard,
                )
            )

        def verifier(workspace: Workspace) -> Verifier:
            return Verifier(
                nothing, workspace.export, place / "verification", SystemClock(), Toolchain(mounts=(), path="")
            )

        async for claim in replay(story, blobs, redactor, open_ports):
            yield claim


def _borrow_cache(recorded: Path, fresh: Path) -> None:
    """Let the replay see the objects that were fetched then; it fetches none, and so changes none."""
    cache = recorded / "cache"
    fresh.mkdir(parents=True)
    if cache.is_dir():
        (fresh / "cache").symlink_to(cache.absolute(), target_is_directory=True)
