"""Whoever says stop is heard before the next action: by a file, a label, or what was closed or taken off."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.project import GOOD
from rehearsal.script import Request, Script, analysed, bash, planned
from rehearsal.story import Stage, Story, asks_about_diff, asks_about_plan
from rehearsal.world import SETTINGS, world
from tamma_core.domain.events import TaskResumed, TurnRecorded, WaitFor
from tamma_core.domain.rules import QuietHours, Rules
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.engine.engine import Engine, drive
from tamma_core.engine.stop_signs import STOP_ALL_LABEL, STOP_LABEL
from tamma_core.system import SystemClock
from tamma_providers.testing.replies import Answer

pytestmark = pytest.mark.timeout(300)
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}
WANTED = "tamma"
LABELLED = replace(SETTINGS, rules=Rules(required_labels=(WANTED,)))


@dataclass(frozen=True)
class Gesture:
    """Hold how a person says stop, how that is taken back, and what the task gives as its reason."""

    stop: Callable[[Story], object]
    undo: Callable[[Story], object]
    reason: str


def label_id(story: Story, name: str) -> int:
    """Answer the id of a label of the repository."""
    return next(int(label["id"]) for label in story.get("/labels") if label["name"] == name)


def unlabel(story: Story, name: str) -> None:
    """Take a label off the issue."""
    path = f"{story.repository.path}/issues/{story.issue}/labels/{label_id(story, name)}"
    story.people.owner.call("DELETE", path)


def put_on(story: Story, name: str) -> None:
    """Put a label on the issue."""
    known = [label["name"] for label in story.get("/labels")]
    number = label_id(story, name) if name in known else story.repository.add_label(name)
    story.repository.label_issue(story.issue, number)


def remove_label(story: Story, name: str) -> None:
    """Delete a label from the repository."""
    story.people.owner.call("DELETE", f"{story.repository.path}/labels/{label_id(story, name)}")


def set_state(story: Story, state: str) -> None:
    """Close or reopen the issue."""
    story.people.owner.call("PATCH", f"{story.repository.path}/issues/{story.issue}", {"state": state})


GESTURES = {
    "file": Gesture(
        lambda story: (story.place.data / "stop").write_text("the release is\nfrozen"),
        lambda story: (story.place.data / "stop").unlink(),
        "the stop file of this machine says stop: the release is frozen",
    ),
    "label": Gesture(
        lambda story: put_on(story, STOP_LABEL), lambda story: unlabel(story, STOP_LABEL), f"`{STOP_LABEL}`"
    ),
    "repository": Gesture(
        lambda story: story.repository.add_label(STOP_ALL_LABEL),
        lambda story: remove_label(story, STOP_ALL_LABEL),
        f"has the label `{STOP_ALL_LABEL}`",
    ),
    "closed": Gesture(
        lambda story: set_state(story, "closed"), lambda story: set_state(story, "open"), "was closed while"
    ),
    "label off": Gesture(
        lambda story: unlabel(story, WANTED),
        lambda story: put_on(story, WANTED),
        f"does not carry the label `{WANTED}`",
    ),
}


def resting_on(stories: list[Story], gesture: Gesture, command: str = "true") -> Script:
    """Answer a model in whose first turn of the change a person says stop."""

    def turn(_: Request) -> Answer:
        if stories:
            gesture.stop(stories.pop())
        return bash(command)

    return Script(analyse=[analysed("duration.py")], plan=[planned("duration.py")], attempts=[[turn, *GOOD]])


@pytest.mark.parametrize("name", GESTURES)
async def test_stop_is_honoured_before_the_next_call_of_the_model(stage: Stage, name: str) -> None:
    """The agent is at work: it gets no further answer, the task is parked, and goes on once the stop is lifted."""
    gesture, stories = GESTURES[name], list[Story]()
    heard: list[int] = []

    def stop(story: Story) -> None:
        gesture.stop(story)
        heard.append(len(story.model.requests))

    async with stage(resting_on(stories, Gesture(stop, gesture.undo, gesture.reason)), QUIET) as story:
        put_on(story, WANTED)
        stories.append(story)
        state = await story.play(settings=LABELLED, until=asks_about_diff)
        assert state.parked is not None
        assert gesture.reason in state.parked.reason
        asked = len(story.model.requests)
        assert [asked] == heard
        # Silence where all work stops; elsewhere the one comment says why.
        assert ("stopped and needs a person" in story.statuses()[0]) is (name != "file")
        state = await resumed(story, state)
        assert state.parked is not None
        assert len(story.model.requests) == asked
        assert story.branches() == ["main"]
        gesture.undo(story)
        state = await resumed(story, state)
        assert state.candidate is not None, state.parked
        assert state.attempts == 1


async def resumed(story: Story, state: TaskState) -> TaskState:
    """Let the task go on until it waits or stops."""
    await story.world.ports.journal.signal(state.task.id, [TaskResumed(by="maintainer")])
    return await drive(story.world.engine, state.task.id, story.world.ports, detach=True)


@pytest.mark.parametrize("name", ["file", "label"])
async def test_a_long_command_of_the_agent_is_cut_off(stage: Stage, name: str) -> None:
    """What the agent runs has not ended when somebody says stop: it is ended, and the task parked."""
    gesture, stories = GESTURES[name], list[Story]()
    async with stage(resting_on(stories, gesture, "sleep 3000"), QUIET) as story:
        put_on(story, WANTED)
        state = await story.play(settings=LABELLED, until=lambda state: state.plan_approval is not None)
        stories.append(story)
        engine = Engine(story.world.ports, owner="quick", lease_s=3.0)
        state = await drive(engine, state.task.id, story.world.ports)
        assert state.parked is not None
        assert gesture.reason in state.parked.reason
        turns = [item.event for item in await story.journal(state) if isinstance(item.event, TurnRecorded)]
        # A command that ended by its own time limit would have told so.
        assert [turn.kind for turn in turns if turn.step is StepName.IMPLEMENT] == ["model_answered"]


@pytest.mark.parametrize("name", ["label", "repository", "closed", "label off"])
async def test_stop_is_honoured_before_the_next_effect(stage: Stage, name: str) -> None:
    """A person says stop in the same moment as yes: nothing is pushed."""
    gesture = GESTURES[name]
    async with stage(project.repairing(), QUIET) as story:
        put_on(story, WANTED)
        state = await story.play(settings=LABELLED, until=lambda state: state.reviewed is not None)
        gesture.stop(story)
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        assert state.parked is not None
        assert gesture.reason in state.parked.reason
        assert story.branches() == ["main"]


async def test_a_closed_pull_request_stops_the_task(stage: Stage) -> None:
    """Who closes the pull request wants no more of it, and is told how to go on."""
    async with stage(project.repairing(), QUIET) as story:

        def until(state: TaskState) -> bool:
            return asks_about_diff(state) and state.pull_request is not None

        state = await story.play(until=until)
        assert state.pull_request is not None
        number = state.pull_request.number
        story.people.owner.call("PATCH", f"{story.repository.path}/pulls/{number}", {"state": "closed"})
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        assert state.parked is not None
        assert f"somebody closed the pull request #{number}" in state.parked.reason
        assert "reopen it" in state.parked.hint
        assert "somebody closed the pull request" in story.statuses()[0]


class Later(SystemClock):
    """Tell the time that it will be in some hours."""

    def __init__(self, hours: float) -> None:
        self._hours = hours

    def now(self) -> datetime:
        """Answer the time of day in UTC."""
        return super().now() + timedelta(hours=self._hours)


async def test_work_waits_out_the_quiet_hours(stage: Stage) -> None:
    """In quiet hours nothing is asked of a model or done on the forge; later the task goes on by itself."""
    now = datetime.now(UTC)
    start, end = now - timedelta(hours=1), now + timedelta(hours=2)
    hours = QuietHours(start=time(start.hour, start.minute), end=time(end.hour, end.minute), zone="UTC")
    async with stage(project.repairing(), QUIET) as story:
        settings = replace(SETTINGS, rules=Rules(quiet_hours=(hours,)))
        state = await story.play(settings=settings, until=lambda state: state.status is TaskStatus.WAITING)
        assert state.wait is not None
        assert state.wait.wait_for is WaitFor.QUIET_HOURS
        assert f"quiet hours until {end:%Y-%m-%d %H:%M} UTC" in state.wait.reason
        assert not story.model.requests
        assert story.comments() == []
        async with world(story.place, clock=Later(3)) as later:
            state = await drive(later.engine, state.task.id, later.ports, detach=True)
            assert asks_about_plan(state)
