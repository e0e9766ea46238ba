"""A base that moves under a proposed change, on a real Gitea."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.project import DEFECT, GOOD
from rehearsal.script import Turn, bash, call, first_text, implemented
from rehearsal.story import Stage, Story, asks_about_diff
from rehearsal.world import SETTINGS
from tamma_core.domain.events import CandidateMade, CandidateRejected
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import BaseUpdate, TaskStatus
from tamma_core.engine.engine import drive

pytestmark = [pytest.mark.timeout(200), pytest.mark.usefixtures("actions_runner")]
SAME_PLACE = {
    "duration.py": project.MODULE.replace(DEFECT, DEFECT.rstrip("\n") + "  # seconds\n"),
    "NOTES.md": "Units are seconds.\n",
}
RESOLVED: Sequence[Turn] = [
    bash("sed -i -e '/^<<<<<<< /d' -e '/^>>>>>>> /d' -e '/^=======$/d' -e '/total = int/d' duration.py"),
    call("run_tests", selection=[]),
    implemented("Brought the repair together with what the base changed."),
]


def shown(state: TaskState) -> bool:
    """Tell whether the change was proposed."""
    return state.pull_request is not None


async def moved(story: Story, files: dict[str, str], policy: BaseUpdate) -> TaskState:
    """Propose the change, let the base move, and drive the task on."""
    state = await story.play(until=shown, settings=replace(SETTINGS, base_update=policy))
    story.repository.push(files, "main", by=story.people.owner)

    async def on_state(seen: TaskState) -> None:
        assert not asks_about_diff(seen), seen.wait and seen.wait.reason

    return await drive(story.world.engine, state.task.id, story.world.ports, on_state=on_state)


@pytest.mark.parametrize("policy", list(BaseUpdate))
async def test_a_base_that_moved_elsewhere_is_taken_up(stage: Stage, policy: BaseUpdate) -> None:
    """A merge commit on the branch, or one commit on top of the base: verified anew, and merged."""
    async with stage(project.repairing()) as story:
        state = await moved(story, {"NOTES.md": "Units are seconds.\n"}, policy)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.attempts == 1
        made = [item.event for item in await story.journal(state) if isinstance(item.event, CandidateMade)]
        assert len(made) == 2
        parents = [item["sha"] for item in story.get(f"/git/commits/{made[1].sha}")["parents"]]
        assert state.gate is not None
        tip = state.gate.base_sha
        assert parents == ([tip] if policy is BaseUpdate.REBASE else [made[0].sha, tip])
        assert state.verified is not None
        assert (state.verified.report.sha, state.verified.report.base) == (made[1].sha, tip)
        assert story.file("NOTES.md") == "Units are seconds.\n"


@pytest.mark.parametrize("policy", list(BaseUpdate))
async def test_a_conflict_is_resolved_by_the_agent_and_verified_anew(stage: Stage, policy: BaseUpdate) -> None:
    """Both sides lie in the tree between markers; what the agent makes of them is a candidate like any other."""
    async with stage(project.repairing(GOOD, RESOLVED)) as story:
        state = await moved(story, SAME_PLACE, policy)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.attempts == 2
        events = [item.event for item in await story.journal(state)]
        rejected = next(event for event in events if isinstance(event, CandidateRejected))
        assert (rejected.conflicts, rejected.keep) == (("duration.py",), True)
        made = [event for event in events if isinstance(event, CandidateMade)]
        parents = [item["sha"] for item in story.get(f"/git/commits/{made[1].sha}")["parents"]]
        assert state.gate is not None
        tip = state.gate.base_sha
        assert parents == ([tip] if policy is BaseUpdate.REBASE else [made[0].sha, tip])
        assert "total += int" in story.file("duration.py")
        assert "<<<<<<<" not in story.file("duration.py")
        assert story.file("NOTES.md") == "Units are seconds.\n"
        assert any("hold both sides between conflict markers" in first_text(r.json) for r in story.model.requests)


async def test_markers_that_were_left_go_nowhere(stage: Stage) -> None:
    """An agent that says it is done with the markers still there: nothing is pushed, the next attempt begins afresh."""
    async with stage(project.repairing(GOOD, [implemented()])) as story:
        state = await moved(story, SAME_PLACE, BaseUpdate.MERGE)
        assert state.status is TaskStatus.PAUSED
        events = [item.event for item in await story.journal(state)]
        rejected = [event for event in events if isinstance(event, CandidateRejected)]
        assert rejected[1].reason == "marks of a conflict were left in the files"
        assert (rejected[1].evidence, rejected[1].keep) == ("duration.py", False)
        assert state.attempt is None or state.attempt.keep is None
        assert state.pull_request is not None
        assert story.get(f"/pulls/{state.pull_request.number}")["head"]["sha"] == rejected[0].sha
