"""Which commits of our branch may land late, and which only a person puts there again."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from tamma_core.domain import events as ev
from tamma_core.domain.effects import Done, PushBranch
from tamma_core.domain.ids import DeliveryId, EffectKey, Position, Sha, TaskId
from tamma_core.domain.repository import RepositoryRef
from tamma_core.domain.state import TaskState, fold
from tamma_core.domain.task import Task, Trigger
from tamma_core.engine.heads import heads_meant, heads_pushed, may_land_late

AT = datetime(2026, 1, 2, tzinfo=UTC)
REPOSITORY = RepositoryRef("forge", "o/r")
FIRST, SECOND, THEIRS = Sha("a" * 40), Sha("b" * 40), Sha("c" * 40)
TASK = Task(
    id=TaskId("t1"),
    repository=REPOSITORY,
    trigger=Trigger.CLI,
    delivery=DeliveryId("d1"),
    created_at=AT,
    text="fix it",
)


def meant(sha: Sha, expected: Sha | None = None, branch: str = "tamma/x") -> ev.Event:
    effect = PushBranch(key=EffectKey(f"push:{sha}"), repository=REPOSITORY, branch=branch, sha=sha, expected=expected)
    return ev.EffectIntended(effect=effect, expires_at=AT)


def done(sha: Sha) -> ev.Event:
    return ev.EffectDone(key=EffectKey(f"push:{sha}"), outcome=Done(sha=sha))


def state(*events: ev.Event) -> TaskState:
    whole: Sequence[ev.Event] = (ev.TaskCreated(task=TASK), ev.BranchNamed(branch="tamma/x"), *events)
    return fold(
        [
            ev.Recorded(position=Position(str(number)), task=TASK.id, epoch=1, at=AT, event=event)
            for number, event in enumerate(whole, start=1)
        ]
    )


@pytest.mark.parametrize(
    ("events", "late"),
    [
        ((meant(FIRST),), True),
        ((meant(FIRST), meant(SECOND), done(SECOND)), True),
        ((meant(FIRST), done(FIRST)), False),
        ((meant(FIRST), meant(SECOND, FIRST), done(SECOND)), False),
        ((meant(FIRST), meant(SECOND, FIRST)), True),
        ((meant(FIRST, branch="tamma/revert-1"),), False),
        ((meant(SECOND),), False),
    ],
    ids=[
        "unanswered",
        "another answered",
        "answered",
        "pushed over",
        "perhaps pushed over",
        "other branch",
        "not ours",
    ],
)
def test_a_push_that_was_never_answered_may_land_late(events: Sequence[ev.Event], late: bool) -> None:
    """A head that was seen there once is not expected again: to put it back is a decision of somebody else."""
    assert may_land_late(state(*events), FIRST) is late
    assert not may_land_late(state(*events), THEIRS)


def test_heads_are_told_in_the_order_in_which_they_were_meant() -> None:
    """The last one that was answered is where our branch is, as far as we know."""
    seen = state(meant(FIRST), done(FIRST), meant(SECOND, FIRST))
    assert (heads_meant(seen), heads_pushed(seen)) == ((FIRST, SECOND), (FIRST,))
