"""A push of ours arrives long after its worker is dead, and after the change that it held was turned down."""

import asyncio
import contextlib

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.story import Stage, Story, asks_about_diff
from rehearsal.world import world
from services.faulty_proxy import Fault, FaultyProxy
from tamma_core.domain.events import ApprovalSubject, Rejected
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import TaskStatus
from tamma_core.engine.engine import Engine, drive

pytestmark = pytest.mark.timeout(200)
RULED = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")} | {
    ".tamma/policy.yaml": "protectedPaths: [duration.py]\n"
}
PUSH = ("POST", "/git-receive-pack$")


def approve(story: Story, state: TaskState) -> None:
    """Let the present difference pass, as the maintainer."""
    story.say(f"/tamma approve {state.diff_question}", story.people.maintainer)


async def pushing(engine: Engine, state: TaskState) -> None:
    """Go on as a worker that lives until it is killed."""
    while True:
        await engine.advance(state.task.id)


async def turned_down_in_mid_push(story: Story, proxy: FaultyProxy) -> tuple[TaskState, asyncio.Event]:
    """Answer a task with its second change, whose first one is on its way to the forge until the event is set."""
    first = await story.play(until=asks_about_diff)
    approve(story, first)
    held = proxy.strike(Fault.HELD_BACK, *PUSH)
    async with world(replace(story.place, forge_url=proxy.url)) as other:
        worker = asyncio.create_task(pushing(other.engine, first))
        await held.happened()
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker
    assert first.candidate is not None
    no = Rejected(
        subject=ApprovalSubject.DIFF, hash=first.candidate.guard.diff_hash, by="ada", via="cli", reason="too loud"
    )
    await story.world.ports.journal.signal(first.task.id, [no])
    second = await drive(story.world.engine, first.task.id, story.world.ports, detach=True)
    assert asks_about_diff(second), second.parked
    assert second.candidate is not None
    assert second.candidate.sha != first.candidate.sha
    assert story.branches() == ["main"]
    return second, held.released


async def landed(story: Story, state: TaskState) -> None:
    """Wait until the branch is there."""
    while state.branch not in story.branches():
        await asyncio.sleep(0.1)


async def test_our_own_push_that_lands_late_is_pushed_over(stage: Stage, faulty_proxy: FaultyProxy) -> None:
    """The branch stands at the change that was turned down, which nobody but us put there: the work goes on."""
    async with stage(project.repairing(project.NOISY, project.QUIET), RULED) as story:
        second, landing = await turned_down_in_mid_push(story, faulty_proxy)
        landing.set()
        await landed(story, second)
        approve(story, second)
        state = await drive(story.world.engine, second.task.id, story.world.ports)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert "print" not in story.file("duration.py")


async def test_our_own_push_may_land_between_look_and_push(stage: Stage, faulty_proxy: FaultyProxy) -> None:
    """The branch was not there when it was looked for; the refusal of the push is looked into, and it is tried again."""
    async with stage(project.repairing(project.NOISY, project.QUIET), RULED) as story:
        second, landing = await turned_down_in_mid_push(story, faulty_proxy)
        approve(story, second)
        about_to_push = faulty_proxy.strike(Fault.HOLD, "GET", "service=git-receive-pack$", nth=2)
        async with world(replace(story.place, forge_url=faulty_proxy.url)) as other:
            driven = asyncio.create_task(drive(other.engine, second.task.id, other.ports))
            await about_to_push.happened()
            landing.set()
            await landed(story, second)
            about_to_push.release()
            state = await driven
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert "print" not in story.file("duration.py")
