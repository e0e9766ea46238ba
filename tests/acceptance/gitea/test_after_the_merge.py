"""What follows a merge: its commit compared with what was checked, and the base's own checks watched."""

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.story import Stage, Story
from rehearsal.world import SETTINGS
from services.gitea_account import Json
from tamma_core.domain.events import TaskPaused, TaskResumed, WaitFor
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.engine.engine import drive

pytestmark = [pytest.mark.timeout(200), pytest.mark.usefixtures("actions_runner")]
WATCHING = replace(SETTINGS, settle_s=4.0)
_DEPLOY = "      - run: if test $GITHUB_EVENT_NAME-$GITHUB_REF_NAME = push-main && {what}; then exit 1; fi\n"
BREAKING = project.WORKFLOW + _DEPLOY.format(what="grep -rq --include=*.py 'total +=' .")
BROKEN = project.WORKFLOW + _DEPLOY.format(what="true")


def files(workflow: str) -> dict[str, str]:
    """Answer the project with another workflow."""
    return project.FILES | {".gitea/workflows/ci.yml": workflow}


async def resumed(story: Story, state: TaskState) -> TaskState:
    """Let a parked task go on as a person does."""
    await story.world.ports.journal.signal(state.task.id, [TaskResumed(by="maintainer")])
    return await drive(story.world.engine, state.task.id, story.world.ports)


async def test_a_merge_that_turns_the_base_red_is_proposed_to_be_taken_back(stage: Stage) -> None:
    """The deployment fails only on the base: a revert is shown, the issue opened again, a person asked; no more."""
    async with stage(project.repairing(), files(BREAKING)) as story:
        state = await story.play(settings=WATCHING)
        assert state.merged is not None
        assert (state.status, state.parked and state.parked.step) == (TaskStatus.PAUSED, StepName.CLOSE)
        assert state.parked is not None
        assert "these checks fail on `main`: `ci / test (push)`" in state.parked.reason
        assert state.parked.reason.endswith("; pull request #3 reverts it")
        merged, revert = story.get("/pulls?state=all&sort=oldest")
        assert (merged["merged"], revert["merged"], revert["state"]) == (True, False, "open")
        assert revert["head"]["ref"] == f"tamma/revert-{state.merged.sha[:12]}"
        assert "`ci / test (push)`" in revert["body"]
        assert story.repository.head("main") == state.merged.sha
        assert story.file("duration.py", ref=revert["head"]["ref"]) == project.MODULE
        assert story.get(f"/issues/{story.issue}")["state"] == "open"
        said = [body for body in story.statuses() if "Tamma stopped" in body]
        assert len(said) == 1
        assert "reverts it" in said[0]
        ended = await resumed(story, state)
        assert ended.status is TaskStatus.COMPLETED
        assert "pull request #3 reverts it" in ended.ended_because
        assert len(story.get("/pulls?state=all")) == 2
        assert story.repository.head("main") == state.merged.sha


async def test_a_base_that_was_red_before_is_not_the_merges_doing(stage: Stage) -> None:
    """What failed on the tip before the merge fails after it too, and nothing is taken back."""
    async with stage(project.repairing(), files(BROKEN)) as story:
        state = await story.play(settings=WATCHING)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert len(story.get("/pulls?state=all")) == 1
        assert any(seen.step is StepName.CLOSE and seen.wait is not None for seen in story.seen)
        assert story.get(f"/issues/{story.issue}")["state"] == "closed"


async def test_the_watch_is_a_wait_that_another_process_goes_on_with(stage: Stage) -> None:
    """The issue is closed at the merge, the watch waits on disk, and `--detach` may leave meanwhile."""
    async with stage(project.repairing()) as story:

        def watched(state: TaskState) -> bool:
            return state.wait is not None and state.step is StepName.CLOSE

        state = await story.play(settings=WATCHING, until=watched)
        assert state.wait is not None
        assert state.wait.wait_for is WaitFor.CI
        assert story.get(f"/issues/{story.issue}")["state"] == "closed"
        assert story.branches() == ["main"]
        left = await drive(story.world.engine, state.task.id, story.world.ports, detach=True)
        assert left.status is TaskStatus.WAITING
        assert (await drive(story.world.engine, state.task.id, story.world.ports)).status is TaskStatus.COMPLETED


@pytest.mark.parametrize("method", [MergeMethod.SQUASH, MergeMethod.REBASE])
async def test_other_ways_to_merge_are_explained_too(stage: Stage, method: MergeMethod) -> None:
    """A squash and a rebase are recognised as the checked change on the checked base."""
    async with stage(project.repairing()) as story:
        base = story.repository.head("main")
        state = await story.play(settings=replace(SETTINGS, merge_method=method))
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.merged is not None
        assert (state.merged.sha, state.merged.onto) == (story.repository.head("main"), base)


async def merged_by_hand(story: Story) -> TaskState:
    """Stop at the passed gate, and have the owner merge the head with a file that nobody checked."""
    state = await story.play(until=lambda state: state.gate is not None)
    await story.world.ports.journal.signal(state.task.id, [TaskPaused(by="maintainer")])
    assert state.gate is not None
    assert state.pull_request is not None
    sha = story.repository.push(
        {"duration.py": project.MODULE.replace(project.DEFECT, project.REPAIR), "unchecked.py": "import os\n"}, "main"
    )
    story.people.owner.call("PATCH", story.repository.path, {"allow_manual_merge": True})
    body: Json = {"Do": "manually-merged", "MergeCommitID": sha}
    story.people.owner.call("POST", f"{story.repository.path}/pulls/{state.pull_request.number}/merge", body)
    return state


async def test_a_merge_that_nobody_can_explain_stops_for_a_person(stage: Stage) -> None:
    """More was merged than was checked: nothing is called done until a person has read it and resumed."""
    async with stage(project.repairing()) as story:
        state = await resumed(story, await merged_by_hand(story))
        assert state.merged is None
        assert state.parked is not None
        assert "which is not what was checked" in state.parked.reason
        assert not [body for body in story.comments() if body.startswith("Merged as")]
        ended = await resumed(story, state)
        assert ended.status is TaskStatus.COMPLETED
        assert [body for body in story.comments() if body.startswith("Merged as")]
