"""A page stands where the forge should answer, at the first request of a session, which cannot know whose it is."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.replaying import replay
from rehearsal.story import Stage, Story, asks_about_plan
from rehearsal.world import world
from services.faulty_proxy import Fault, FaultyProxy
from services.gitea import Gitea
from tamma_core.domain.events import WaitFor
from tamma_core.domain.ids import TaskId
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import TaskStatus
from tamma_core.engine.engine import MOST_RETRIES

CAME = "a page came in place of data"


@pytest.fixture
async def walled(gitea: Gitea) -> AsyncIterator[FaultyProxy]:
    """Answer a proxy that wants to be signed in to, whoever asks for whichever forge."""
    version = "/api/v1/version"
    async with FaultyProxy(gitea.url, lambda _, target: Fault.PAGE if target == version else None) as proxy:
        yield proxy


async def advanced(story: Story, task: TaskId, forge_url: str, times: int = 1) -> list[TaskState]:
    """Go on with a task in a new session by way of this address."""
    async with world(replace(story.place, forge_url=forge_url)) as opened:
        return [await opened.engine.advance(task) for _ in range(times)]


async def begun(story: Story) -> TaskId:
    """Take a task to the question about its plan."""
    return (await story.play(until=asks_about_plan, approve=False)).task.id


async def test_a_task_whose_forge_answered_before_waits_it_out(stage: Stage, faulty_proxy: FaultyProxy) -> None:
    """One page puts the task off, and the next try goes on as if nothing had been."""
    async with stage(project.repairing()) as story:
        task = await begun(story)
        faulty_proxy.strike(Fault.PAGE, "GET", "/version$")
        off, on = await advanced(story, task, faulty_proxy.url, times=2)
        assert off.wait is not None
        assert (off.wait.wait_for, CAME in off.wait.reason) == (WaitFor.RETRY, True)
        assert asks_about_plan(on)


async def test_a_new_task_of_a_repository_that_answered_before_waits_it_out(
    stage: Stage, faulty_proxy: FaultyProxy
) -> None:
    """Another task of the repository got its issue and base: address and token were right, and are asked again."""
    async with stage(project.repairing()) as story:
        await begun(story)
        issue = story.repository.create_issue(project.TITLE, project.BODY)
        task = await story.world.submit(story.slug, issue)
        faulty_proxy.strike(Fault.PAGE, "GET", "/version$")
        off, on = await advanced(story, task, faulty_proxy.url, times=2)
        assert off.wait is not None, off.parked
        assert (off.wait.wait_for, CAME in off.wait.reason) == (WaitFor.RETRY, True)
        assert on.selected is not None
        assert len(await replay(replace(story.place, forge_url=faulty_proxy.url), task)) == 2


async def test_a_page_that_stays_parks_the_task_in_the_end(stage: Stage, walled: FaultyProxy) -> None:
    """A base URL that became wrong is not asked for ever, and the hint says what to look at."""
    async with stage(project.repairing()) as story:
        task = await begun(story)
        *before, last = await advanced(story, task, walled.url, times=MOST_RETRIES + 1)
        assert {state.status for state in before} == {TaskStatus.WAITING}
        assert last.parked is not None
        assert CAME in last.parked.reason
        assert "base URL" in last.parked.hint


async def test_a_new_task_parks_at_once(stage: Stage, walled: FaultyProxy) -> None:
    """Where the forge never answered, address and token are the first to be doubted."""
    async with stage(project.repairing()) as story:
        task = await story.world.submit(story.slug, story.issue)
        (state,) = await advanced(story, task, walled.url)
        assert state.parked is not None
        assert CAME in state.parked.reason
        assert "base URL and the token" in state.parked.hint
