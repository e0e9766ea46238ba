"""What stopped is not taken up again by itself."""

import pytest
from acceptance.gitea.test_library import engine_of
from rehearsal import project
from rehearsal.script import Script, analysed
from rehearsal.story import Stage
from tamma_core.domain.events import TaskCancelled, TaskResumed
from tamma_core.domain.repository import IssueFilters
from tamma_core.domain.state import fold
from tamma_core.domain.task import TaskStatus

pytestmark = pytest.mark.timeout(300)
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}
RETRY = "Try once more.\n\n/tamma retry"


async def test_a_parked_task_is_let_go_by_a_word_of_somebody_who_may_write(stage: Stage) -> None:
    """Neither selecting again nor a stranger takes it up; a maintainer's word does, and only once."""
    script = Script(analyse=[analysed("nowhere.py")], plan=[], attempts=[])
    async with stage(script, QUIET) as story:
        story.say(RETRY, story.people.maintainer)
        state = await story.play()
        assert state.status is TaskStatus.PAUSED
        assert await engine_of(story).select_issue(IssueFilters()) is None
        story.say(RETRY, story.people.stranger)
        story.say("> /tamma retry", story.people.maintainer)
        assert await engine_of(story).select_issue(IssueFilters()) is None
        story.say(RETRY, story.people.maintainer)
        engine = engine_of(story)
        assert await engine.select_issue(IssueFilters()) is not None
        assert (await engine.get_state()).task.id == state.task.id
        assert (await engine.execute_plan()).status is TaskStatus.PAUSED
        resumed = [item.event for item in await story.journal(state) if isinstance(item.event, TaskResumed)]
        assert [event.by for event in resumed] == [story.people.maintainer.name]
        assert await engine_of(story).select_issue(IssueFilters()) is None


async def test_a_killed_and_an_ended_task_are_not_taken_up(stage: Stage) -> None:
    """A task whose process died, or that a person ended, leaves its issue alone; a word begins another, once."""
    async with stage(project.repairing(), QUIET) as story:
        state = await story.play(until=lambda state: state.analysis is not None)
        assert state.status is TaskStatus.RUNNING
        assert await engine_of(story).select_issue(IssueFilters()) is None
        ended = TaskCancelled(by="maintainer", reason="enough")
        await story.world.ports.journal.signal(state.task.id, [ended])
        assert await engine_of(story).select_issue(IssueFilters()) is None
        story.say(RETRY, story.people.maintainer)
        engine = engine_of(story)
        assert await engine.select_issue(IssueFilters()) is not None
        begun = fold(await story.world.ports.journal.read((await engine.get_state()).task.id))
        assert begun.task.id != state.task.id
        assert await engine_of(story).select_issue(IssueFilters()) is None
