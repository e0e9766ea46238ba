"""Where a task is replayed: the real engine and adapters, with its record in the world's place."""

import tempfile
from collections.abc import AsyncGenerator, Callable, Collection
from pathlib import Path

from msgspec import field

from tamma_core.domain.ids import TaskId
from tamma_core.domain.record import Record
from tamma_core.domain.rules import Rules
from tamma_core.domain.state import fold
from tamma_core.domain.task import TaskSettings
from tamma_core.engine.assembly import Adapters, assemble_heard
from tamma_core.engine.publisher import REQUEST_DEADLINE_S
from tamma_core.engine.step import Ports
from tamma_core.guards.policy import GuardPolicy
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.ai_provider import Models
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.git_platform import Forges
from tamma_core.ports.journal import Journal
from tamma_core.record.forges import HeardForges
from tamma_core.replay.blobs import OverlaidBlobs
from tamma_core.replay.claims import read_story
from tamma_core.replay.journal import ReplayJournal
from tamma_core.replay.nothing import Nothing
from tamma_core.replay.run import Replayed, replay
from tamma_core.system import SystemClock, SystemEntropy
from tamma_core.verification.place import Toolchain
from tamma_core.verification.runner import Means, Verifier
from tamma_core.workspace.workspace import Workspace
from tamma_core.workspace.workspaces import WorkspaceOptions, Workspaces


class Stage(Record, frozen=True, kw_only=True):
    """Say what a replay is made of.

    `work` is the directory of the workspaces in which the task ran; `forges` and `models` are opened anew for each claim.
    """

    work: Path
    forges: Callable[[], Forges]
    models: Callable[[TaskSettings], Models]
    read_policy: Callable[[str, bytes], Rules]
    guard: GuardPolicy = field(default_factory=GuardPolicy)
    plain_http: Collection[str] = ()
    request_deadline_s: float = REQUEST_DEADLINE_S


async def replayed(journal: Journal, stored: Blobs, task: TaskId, stage: Stage) -> AsyncGenerator[Replayed]:
    """Replay a task; what it writes goes to a directory that is gone afterwards.

    Raises `NotFound` for a task without a record, `Defect` for a damaged one, and at a difference `Differs`,
    which is no `Exception`.
    """
    story = await read_story(journal, stored, task)
    blobs, redactor = OverlaidBlobs(stored), Redactor(stage.guard.known_secrets)
    with tempfile.TemporaryDirectory(prefix="tamma-replay-") as made:
        place = Path(made)
        _borrow_cache(stage.work, place / "work")

        def open_ports(past: ReplayJournal) -> Ports:
            return assemble_heard(_adapters(stage, place, past, blobs, redactor))

        async for claim in replay(story, blobs, redactor, open_ports):
            yield claim


def _adapters(stage: Stage, place: Path, past: ReplayJournal, blobs: OverlaidBlobs, redactor: Redactor) -> Adapters:
    clock, entropy, nothing = SystemClock(), SystemEntropy(), Nothing()
    means = Means(clock=clock, entropy=entropy, toolchain=Toolchain(mounts=(), path=""))

    def verifier(workspace: Workspace) -> Verifier:
        return Verifier(nothing, workspace, place / "verification", means)

    return Adapters(
        journal=past,
        log=nothing,
        blobs=blobs,
        budget=nothing,
        clock=clock,
        entropy=entropy,
        forges=HeardForges(stage.forges(), blobs, redactor),
        models=stage.models(fold(past.past).task.settings),
        workspaces=Workspaces(place / "work", nothing, WorkspaceOptions(plain_http=stage.plain_http)),
        verifier=verifier,
        read_policy=stage.read_policy,
        guard=stage.guard,
        request_deadline_s=stage.request_deadline_s,
    )


def _borrow_cache(recorded: Path, fresh: Path) -> None:
    """Let the replay see the objects that were fetched then; it fetches none, and so changes none."""
    cache = recorded / "cache"
    fresh.mkdir(parents=True)
    if cache.is_dir():
        (fresh / "cache").symlink_to(cache.absolute(), target_is_directory=True)
