"""A model that is down, or whose name nobody resolves, puts its task off, and the task goes on once it is back."""

from msgspec.structs import replace
from rehearsal import project
from rehearsal.replaying import replay
from rehearsal.story import Stage, Story, asks_about_plan
from rehearsal.world import world
from tamma_core.domain.events import WaitFor
from tamma_core.domain.ids import TaskId
from tamma_core.domain.state import TaskState
from tamma_providers.testing.replies import HttpFailure, in_turn

DOWN = HttpFailure(status=500, body={"error": {"type": "api_error", "message": "down"}})


async def advanced(story: Story, task: TaskId, model_url: str, times: int) -> list[TaskState]:
    """Go on with a task in a new session with the model at this address."""
    async with world(replace(story.place, model_url=model_url)) as opened:
        return [await opened.engine.advance(task) for _ in range(times)]


async def test_a_model_that_fails_is_left_alone_and_its_task_put_off(stage: Stage) -> None:
    """After five failures the task is told when to come again; whoever comes earlier does not ask either."""
    async with stage(project.repairing()) as story:
        model, said = story.model, story.model.respond
        model.respond = in_turn(DOWN)
        task = await story.world.submit(story.slug, story.issue)
        *_, opened, again = await advanced(story, task, story.place.model_url, times=5)
        for state in (opened, again):
            assert state.wait is not None, state.parked
            assert state.wait.wait_for is WaitFor.RETRY
            assert "failed repeatedly, and is asked again in" in state.wait.reason
            assert (state.wait.until - story.world.ports.clock.now()).total_seconds() > 200
        assert len(model.requests) == 5
        model.respond = said
        assert asks_about_plan((await advanced(story, task, story.place.model_url, times=3))[-1])
        assert len(await replay(story.place, task)) == 8


async def test_a_model_whose_name_nobody_resolves_puts_the_task_off(stage: Stage) -> None:
    """The resolver's failure is one in passing: nothing of the task is lost, and the reason names what was not found."""
    async with stage(project.repairing()) as story:
        task = await story.world.submit(story.slug, story.issue)
        selected, off = await advanced(story, task, "https://model.invalid", times=2)
        assert selected.selected is not None
        assert off.wait is not None, off.parked
        assert (off.wait.wait_for, "could not be reached" in off.wait.reason) == (WaitFor.RETRY, True)
        assert asks_about_plan((await advanced(story, task, story.place.model_url, times=3))[-1])
