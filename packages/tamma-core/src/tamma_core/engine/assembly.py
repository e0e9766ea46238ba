"""Put the engine's own parts together with what an entry point built."""

from collections.abc import Callable
from pathlib import Path

from msgspec import field
from msgspec.structs import replace

from tamma_core.agent.loop import ToolLoop
from tamma_core.domain.record import Record
from tamma_core.domain.rules import Rules
from tamma_core.engine.publisher import REQUEST_DEADLINE_S, Publisher
from tamma_core.engine.step import Ports
from tamma_core.guards.policy import GuardPolicy
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.ai_provider import Models
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.budget import Budget
from tamma_core.ports.clock import Clock, Entropy
from tamma_core.ports.git_platform import Forges
from tamma_core.ports.journal import Journal
from tamma_core.ports.task_log import TaskLog
from tamma_core.record.forges import HeardForges
from tamma_core.record.journal import RecordingJournal
from tamma_core.record.world import HeardBudget, HeardClock, HeardEntropy
from tamma_core.verification.runner import Verifier
from tamma_core.workspace.workspace import Workspace
from tamma_core.workspace.workspaces import Workspaces


class Adapters(Record, frozen=True, kw_only=True):
    """Hold what an entry point builds: stores, forges, models, workspaces."""

    journal: Journal
    log: TaskLog
    blobs: Blobs
    budget: Budget
    clock: Clock
    entropy: Entropy
    forges: Forges
    models: Models
    workspaces: Workspaces
    verifier: Callable[[Workspace], Verifier]
    read_policy: Callable[[str, bytes], Rules]
    stop_file: Path | None = None
    guard: GuardPolicy = field(default_factory=GuardPolicy)
    """Bounds of a change, and the values that are never pushed or said on a forge."""
    request_deadline_s: float = REQUEST_DEADLINE_S


def assemble(adapters: Adapters) -> Ports:
    """Answer the engine's ports, their traffic recorded: one publisher for all effects, our own loop as the agent."""
    redactor = Redactor(adapters.guard.known_secrets)
    recorded = replace(
        adapters,
        journal=RecordingJournal(adapters.journal, adapters.blobs, redactor),
        forges=HeardForges(adapters.forges, adapters.blobs, redactor),
    )
    return assemble_heard(recorded)


def assemble_heard(adapters: Adapters) -> Ports:
    """Answer the engine's ports on a journal that records or replays."""
    redactor = Redactor(adapters.guard.known_secrets)
    clock, entropy, budget = HeardClock(adapters.clock), HeardEntropy(adapters.entropy), HeardBudget(adapters.budget)
    return Ports(
        journal=adapters.journal,
        effects=Publisher(
            adapters.journal,
            adapters.forges,
            adapters.workspaces,
            clock,
            deadline_s=adapters.request_deadline_s,
            mask=redactor.mask,
        ),
        log=adapters.log,
        blobs=adapters.blobs,
        clock=clock,
        entropy=entropy,
        forges=adapters.forges,
        models=adapters.models,
        agent=lambda scopes: ToolLoop(
            adapters.models, budget, lambda: scopes, redactor.mask, redactor.mask_known, clock.monotonic
        ),
        workspaces=adapters.workspaces,
        verifier=adapters.verifier,
        stop_file=adapters.stop_file,
        read_policy=adapters.read_policy,
        guard=adapters.guard,
    )
