"""Somebody else proposes our very commit: what runs for that is not ours, though it bears the same names at the same commit."""

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.story import Stage, Story, with_limits
from rehearsal.world import SETTINGS
from services.daemon import await_condition
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import TaskStatus
from tamma_core.engine.engine import drive

pytestmark = [pytest.mark.timeout(250), pytest.mark.usefixtures("actions_runner")]
RED_FOR_MAIN = project.WORKFLOW + '      - run: test "${{ github.base_ref }}" != main\n'


def runs(story: Story, state: TaskState) -> list[tuple[str, str, str]]:
    """List where each run at our head belongs, how it stands and how it ended."""
    assert state.pull_request is not None
    listed = story.get(f"/actions/runs?head_sha={state.pull_request.head_sha}")["workflow_runs"]
    return [(run["path"].partition("@")[2], run["status"], run.get("conclusion", "")) for run in listed]


async def until(holds: Callable[[], bool]) -> None:
    """Wait for the forge, which tells only by being asked."""
    await asyncio.to_thread(await_condition, holds, "the forge shows it", 30.0)


async def test_a_success_for_another_base_is_not_ours(stage: Stage) -> None:
    """Proposed to another branch the same commit passes, under the same name and later: ours is as red as it was."""
    async with stage(project.repairing(), project.FILES | {".gitea/workflows/ci.yml": RED_FOR_MAIN}) as story:
        story.repository.push({"NOTES.md": "old\n"}, "old")
        settings = with_limits(attempts=1)
        state = await story.play(settings=settings, until=lambda state: state.triaged is not None)
        before = story.repository.head("main")
        story.repository.create_pull_request(state.branch, "old", "copy", by=story.people.maintainer)
        await until(lambda: ("refs/pull/3/head", "completed", "success") in runs(story, state))
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        assert (state.merged, state.status) == (None, TaskStatus.PAUSED)
        assert state.parked is not None
        assert "1 of 1 attempts used" in state.parked.reason
        assert story.repository.head("main") == before


async def test_a_strangers_copy_holds_nothing_up(stage: Stage) -> None:
    """A first-time contributor's run waits for an approval at our head for ever: ours has passed, and is merged."""
    async with stage(project.repairing()) as story:
        stranger, repository = story.people.stranger, story.repository
        settings = replace(SETTINGS, settle_s=3.0)
        state = await story.play(settings=settings, until=lambda state: state.pull_request is not None)
        stranger.call("POST", f"{repository.path}/forks", {})
        fork = f"/repos/{stranger.name}/{repository.name}/branches/{state.branch}"
        await until(lambda: stranger.request("GET", fork).is_success)
        repository.create_pull_request(f"{stranger.name}:{state.branch}", "main", "mine", by=stranger)
        await until(lambda: any(ref == "refs/pull/3/head" for ref, _, _ in runs(story, state)))
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert ("refs/pull/3/head", "completed", "success") not in runs(story, state)
