"""Limits of a repository's own rules are reached by a whole task, not only read."""

from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace
from rehearsal import project
from rehearsal.hosted import Enough, hosting
from rehearsal.script import finish
from rehearsal.world import SETTINGS
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.state import TaskState
from tamma_providers.testing.replies import Answer, Reply

FILE = ".tamma/policy.yaml"
MOST = Decimal("0.2")


def costly(request: JsonObject) -> Reply:
    """Repair the defect in nine calls of three cents each."""
    answer = project.repairing()(request)
    assert isinstance(answer, Answer)
    return replace(answer, input_tokens=10_000)


async def proposed(state: TaskState) -> None:
    """See enough once the change was proposed."""
    if state.pull_request is not None:
        raise Enough


async def test_money_of_the_rules_is_not_exceeded(tmp_path: Path) -> None:
    """The configuration gives enough for the change; the rules give enough to begin with, and then no model is asked."""
    assert SETTINGS.limits.cost_usd is not None
    assert SETTINGS.limits.cost_usd > MOST
    files = project.FILES | {FILE: f"costUsd: {MOST}\n"}
    async with hosting(tmp_path, costly, files) as story:
        story.on_state.append(proposed)
        state = await story.play()
        assert state.parked is not None
        assert f"USD left of {MOST}" in state.parked.reason
        assert MOST / 4 < state.cost_usd <= MOST


async def test_attempts_of_the_rules_are_not_exceeded(tmp_path: Path) -> None:
    """The configuration gives another attempt after the first that was turned down; the rules give none."""
    files = project.FILES | {FILE: "attempts: 1\n"}
    script = project.repairing()
    script.review = [finish(summary="No.", objections=["It is not right."])]
    async with hosting(tmp_path, script, files) as story:
        story.on_state.append(proposed)
        state = await story.play()
        assert state.parked is not None
        assert "(1 of 1 attempts used)" in state.parked.reason
        assert SETTINGS.limits.attempts > state.attempts == 1
