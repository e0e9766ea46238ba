"""Run the claims of a story one after the other, each on its own record."""

from collections.abc import AsyncIterator, Callable

from tamma_core.domain.events import CommandsRun, Event
from tamma_core.domain.record import Record
from tamma_core.domain.state import fold
from tamma_core.domain.task import StepName
from tamma_core.engine.engine import Engine
from tamma_core.engine.step import STOPS, Ports
from tamma_core.guards.redaction import Redactor
from tamma_core.record.playing import Differs, Playing, RanOut
from tamma_core.replay.blobs import OverlaidBlobs
from tamma_core.replay.claims import Claim, Story, may_be_a_persons
from tamma_core.replay.journal import ReplayJournal

_LAST = frozenset(
    {
        "branch_named",
        "candidate_made",
        "candidate_reviewed",
        "candidate_verified",
        "change_merged",
        "gate_passed",
        "issue_analysed",
        "issue_selected",
        "plan_made",
        "pull_request_opened",
        "task_completed",
        "task_failed",
        "task_parked",
        "wait_started",
    }
)
"""Events with which a claim ends. After any other one it went on, and had its process not died, there would be more."""


_NO_BEAT_S = 1e6


class Replayed(Record, frozen=True, kw_only=True):
    """Tell of one claim that came out as it was recorded; `cut` when its process had died in the middle of it."""

    epoch: int
    step: StepName | None
    exchanges: int
    events: tuple[Event, ...]
    cut: bool


Opener = Callable[[ReplayJournal], Ports]


async def replay(story: Story, blobs: OverlaidBlobs, redactor: Redactor, open_ports: Opener) -> AsyncIterator[Replayed]:
    """Yield each claim that came out the same; raise `Differs` at the first thing that did not.

    `open_ports` makes what a claim stands on anew: nothing is held between two claims but the journal.
    """
    journal = ReplayJournal(story.events, blobs)
    for claim in story.claims:
        tape = Playing(claim.batches, blobs, redactor)
        journal.begin(claim.epoch, tape)
        before = len(journal.past)
        # No beat: nobody takes a replay's lease, and a beat looks at the world.
        engine = Engine(open_ports(journal), owner="replay", lease_s=_NO_BEAT_S)
        cut = await _run(story, claim, journal, engine)
        journal.let_speak(before=claim.epoch + 1)
        _check_complete(journal, claim)
        tape.check_empty()
        happened = journal.past[before:]
        yield Replayed(
            epoch=claim.epoch,
            step=fold(journal.past).step,
            exchanges=tape.heard,
            events=tuple(item.event for item in happened),
            cut=cut,
        )


async def _run(story: Story, claim: Claim, journal: ReplayJournal, engine: Engine) -> bool:
    """Run a claim to its end, and tell whether its record breaks off before."""
    try:
        await engine.advance(story.task)
    except RanOut as end:
        if _was_cut(journal, claim):
            return True
        raise Differs(end.what, expected="", came=end.came) from end
    return False


def _was_cut(journal: ReplayJournal, claim: Claim) -> bool:
    """Tell whether the claim's process may have died, or been stopped, where its record ends."""
    item = journal.next
    if item is not None and item.epoch == claim.epoch and not may_be_a_persons(item.event):
        return False
    stopped = item is not None and item.event.type in STOPS
    # What commands took stands beside the event that tells how far the step was.
    last = next(item.event for item in reversed(journal.past) if not isinstance(item.event, CommandsRun))
    return stopped or last.type not in _LAST


def _check_complete(journal: ReplayJournal, claim: Claim) -> None:
    item = journal.next
    if item is not None and item.epoch <= claim.epoch:
        raise Differs(item.event.type, expected=str(item.event), came="")
