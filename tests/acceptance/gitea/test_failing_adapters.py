"""An adapter that fails in a way of its own, with an error that is none of ours, loses no task and no lease."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
from rehearsal import project
from rehearsal.project import GOOD
from rehearsal.script import Script, analysed, bash, planned
from rehearsal.story import Stage, asks_about_plan
from rehearsal.world import world
from tamma_core.domain.effects import ShowStatus
from tamma_core.domain.errors import LeaseLost
from tamma_core.domain.events import EffectIntended, Event
from tamma_core.domain.ids import Position
from tamma_core.engine.engine import Engine, drive
from tamma_core.ports.journal import AppendCondition, Journal, Lease

pytestmark = pytest.mark.timeout(300)
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}
OWN = "the pool is closed"


class FailingJournal:
    """The real store behind a driver that renews no lease and takes no intent of a status comment."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    async def renew(self, lease: Lease, *, ttl_s: float) -> Lease:
        """Fail."""
        del lease, ttl_s
        raise RuntimeError(OWN)

    async def append(
        self,
        lease: Lease,
        events: Sequence[Event],
        condition: AppendCondition | None = None,
        *,
        blobs: Sequence[bytes] = (),
    ) -> Position:
        """Append all but what says how the task stands."""
        if any(isinstance(event, EffectIntended) and isinstance(event.effect, ShowStatus) for event in events):
            raise RuntimeError(OWN)
        return await self._journal.append(lease, events, condition, blobs=blobs)


def failing(journal: Journal) -> Journal:
    """Put the driver before the store."""
    return cast(Journal, FailingJournal(journal))


async def test_a_lease_that_cannot_be_renewed_ends_the_step(stage: Stage) -> None:
    """The agent is at work for long: the step ends before others take the task over, instead of going on unseen."""
    script = Script(
        analyse=[analysed("duration.py")], plan=[planned("duration.py")], attempts=[[bash("sleep 25"), *GOOD]]
    )
    async with stage(script, QUIET) as story:
        state = await story.play(until=lambda state: state.plan_approval is not None)
        async with world(story.place, around=failing) as other:
            engine = Engine(other.ports, owner="quick", lease_s=3.0)
            with pytest.raises(LeaseLost, match=OWN):
                await drive(engine, state.task.id, other.ports)
        assert (await story.world.engine.state(state.task.id)).candidate is None


async def test_a_status_that_cannot_be_said_stops_no_work(stage: Stage) -> None:
    """Neither the step nor its result is lost with the comment, and whoever watches is told."""
    async with stage(project.repairing(), QUIET) as story:
        task = await story.world.submit(story.slug, story.issue)
        async with world(story.place, around=failing) as other:
            state = await drive(other.engine, task, other.ports, detach=True)
            assert asks_about_plan(state), state.parked
            said = [line.text async for line in other.ports.log.follow(task, until_idle=True)]
        assert story.statuses() == []
        assert f"the issue could not be told: RuntimeError: {OWN}" in said
