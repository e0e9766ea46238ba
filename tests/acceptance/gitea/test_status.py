"""One comment says how an issue stands, whatever happens."""

import pytest
from rehearsal import project
from rehearsal.project import DEFECT, REPAIR
from rehearsal.script import Script, analysed, edit, implemented
from rehearsal.story import Stage, Story, asks_about_plan
from tamma_core.domain.effects import ShowStatus
from tamma_core.domain.events import EffectDone, EffectIntended, TaskCancelled, TaskResumed
from tamma_core.domain.ids import EffectKey
from tamma_core.domain.state import TaskState
from tamma_core.engine.engine import drive
from tamma_core.engine.publisher import STATUS_MARKER

pytestmark = pytest.mark.timeout(300)
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}


def headline(story: Story) -> str:
    """Answer what the one comment says."""
    statuses = story.statuses()
    assert len(statuses) == 1, statuses
    return statuses[0].splitlines()[0].removeprefix("### Tamma ")


async def test_the_comment_follows_the_task(stage: Stage) -> None:
    """Planning, waiting, work, a park with reason and way on, and work again: one comment, changed in place."""
    nothing = [implemented("There is nothing to do.")]
    async with stage(project.repairing(nothing), QUIET) as story:
        seen: list[str] = []

        def until(_: TaskState) -> bool:
            seen.extend([headline(story)] if story.statuses() else [])
            return False

        await story.play(until=until)
        assert list(dict.fromkeys(seen)) == [
            "reads the issue and makes a plan",
            "waits",
            "makes the change, attempt 1 of 3",
            "stopped and needs a person",
        ]
        (status,) = story.statuses()
        assert "the agent changed nothing and says: There is nothing to do." in status
        assert "What to do: say more in the issue, then `tamma resume`" in status


async def test_the_next_task_of_an_issue_takes_the_comment_over(stage: Stage) -> None:
    """A second task does not begin a second comment."""
    async with stage(project.repairing(), QUIET) as story:
        state = await story.play(until=asks_about_plan, approve=False)
        ended = TaskCancelled(by="maintainer", reason="again")
        await story.world.ports.journal.signal(state.task.id, [ended])
        again = await story.play(until=asks_about_plan, approve=False)
        assert again.task.id != state.task.id
        assert headline(story) == "waits"
        assert again.task.id in story.statuses()[0]


async def test_a_comment_of_others_is_left_alone(stage: Stage) -> None:
    """Who copies the marker gets no comment changed or removed; who removes ours gets another."""
    async with stage(project.repairing(), QUIET) as story:
        forged = f"### Tamma is done\n\n{STATUS_MARKER}"
        story.say(forged, story.people.stranger)

        def until(state: TaskState) -> bool:
            if asks_about_plan(state):
                for comment in story.get(f"/issues/{story.issue}/comments"):
                    if STATUS_MARKER in comment["body"] and comment["user"]["login"] == story.people.bot.name:
                        story.people.owner.call("DELETE", f"{story.repository.path}/issues/comments/{comment['id']}")
            return state.candidate is not None

        await story.play(until=until)
        assert headline(story) == "makes the change, attempt 1 of 3"
        bodies = [comment["body"] for comment in story.get(f"/issues/{story.issue}/comments")]
        assert forged in bodies


async def test_what_a_lost_answer_left_twice_becomes_one(stage: Stage) -> None:
    """Two comments of ours, as a request that landed late would leave them, are one after the next change."""
    async with stage(project.repairing([edit("duration.py", DEFECT, REPAIR), implemented()]), QUIET) as story:

        def until(state: TaskState) -> bool:
            if asks_about_plan(state):
                story.say(f"late\n\n{STATUS_MARKER}", story.people.bot)
            return state.candidate is not None

        await story.play(until=until)
        assert headline(story) == "makes the change, attempt 1 of 3"


async def test_a_status_that_died_on_its_way_is_finished_first(stage: Stage) -> None:
    """An intent without an outcome is carried out as it was journaled, and then what is so now is said."""
    script = Script(analyse=[analysed("nowhere.py")], plan=[], attempts=[])
    async with stage(script, QUIET) as story:
        state = await story.play()
        assert headline(story) == "stopped and needs a person"
        lease = await story.world.ports.journal.claim(state.task.id, owner="dead", ttl_s=30)
        number = sum(isinstance(record.effect, ShowStatus) for record in state.effects.values())
        issue = state.task.issue
        assert issue is not None
        effect = ShowStatus(key=EffectKey(f"status:{number}"), issue=issue, body="### Tamma was about to say this")
        expired = story.world.ports.clock.now()
        await story.world.ports.journal.append(lease, [EffectIntended(effect=effect, expires_at=expired)])
        await story.world.ports.journal.release(lease)
        await story.world.ports.journal.signal(state.task.id, [TaskResumed(by="maintainer")])
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        done = [item.event.key for item in await story.journal(state) if isinstance(item.event, EffectDone)]
        assert f"status:{number}" in done
        assert headline(story) == "stopped and needs a person"
