"""Every wrong patch is stopped, for the right reason, and none is merged."""

import pytest
from acceptance.wrong_patches.case import ONE_ATTEMPT, QUIET, Case, Scene, believing
from acceptance.wrong_patches.cases import CASES
from acceptance.wrong_patches.page import parts, table
from acceptance.wrong_patches.playing import KNOWN, Outcome, impatient, play
from msgspec.structs import replace
from rehearsal.project import GOOD, repairing
from rehearsal.script import finish
from rehearsal.story import Stage
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import TaskStatus

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_is_stopped(case: Case, stage: Stage, outcomes: list[Outcome], request: pytest.FixtureRequest) -> None:
    """A wrong patch ends with a person and a reason; the base branch does not move."""
    if case.needs_runner:
        request.getfixturevalue("actions_runner")
    outcomes.append(await play(stage, case))


async def test_the_right_patch_is_merged(stage: Stage) -> None:
    """The same harness, settings and checks merge what is right: it is the wrongness that stops the others."""
    async with stage(repairing(GOOD), QUIET) as story:
        story.world = impatient(story.world)
        scene = Scene(story, base="")

        def enough(state: TaskState) -> bool:
            believing(scene, state)
            return False

        state = await story.play(until=enough, settings=ONE_ATTEMPT)
        assert state.status is TaskStatus.COMPLETED, state.parked or state.wait
        assert state.merged is not None


async def test_a_secret_in_the_models_words_is_not_said(stage: Stage) -> None:
    """A token in summary and plan reaches neither commit message nor pull request nor comment."""
    script = repairing([*GOOD[:-1], finish(summary=f"Repaired it with {KNOWN} in hand.")])
    script.plan = [finish(summary=f"Use {KNOWN}.", steps=["repair it"], files=["duration.py"], tests=["units add up"])]
    async with stage(script, QUIET) as story:
        story.world = impatient(story.world)
        scene = Scene(story, base="")

        def enough(state: TaskState) -> bool:
            believing(scene, state)
            return False

        settings = replace(ONE_ATTEMPT, approve_plan_automatically=False)
        state = await story.play(until=enough, settings=settings)
        assert state.status is TaskStatus.COMPLETED, state.parked or state.wait
        said = [*story.comments(), str(story.get("/pulls?state=all")), str(story.get("/commits?sha=main&limit=9"))]
        assert "[redacted]" in said[0]
        assert not [text for text in said if KNOWN in text]


def test_the_page_lists_every_case() -> None:
    """The table of the documentation is the one of this suite."""
    assert parts()[1] == table()
    assert len({case.name for case in CASES}) == len(CASES) >= 35
