"""The engine as a library: the specification's methods, one after the other, on a real Gitea."""

import pytest
from rehearsal import project
from rehearsal.story import Stage, Story
from rehearsal.world import FORGE, SETTINGS
from tamma_core.domain.errors import InvalidInput, NeedsHuman
from tamma_core.domain.repository import IssueFilters, RepositoryRef
from tamma_core.domain.task import TaskStatus
from tamma_core.engine.tamma_engine import LaunchContext, TammaEngine, create_engine

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("actions_runner")]


def engine_of(story: Story) -> TammaEngine:
    """Make an engine as an entry point would."""
    return create_engine(
        LaunchContext(
            mode="standalone",
            repository=RepositoryRef(FORGE, story.slug),
            issue_source=FORGE,
            settings=SETTINGS,
            ports=story.world.ports,
            owner="library",
        )
    )


async def test_each_method_is_a_journaled_step_behind_the_same_gates(stage: Stage) -> None:
    """Select, analyse, plan, ask, branch, implement, test, propose, monitor, merge: then the issue is closed."""
    async with stage(project.repairing()) as story:
        engine = engine_of(story)
        await engine.initialize()
        issue = await engine.select_issue(IssueFilters(number=str(story.issue)))
        assert issue is not None
        assert issue.title == project.TITLE
        assert "duration.py" in (await engine.analyze_issue()).files
        assert (await engine.generate_plan()).steps
        with pytest.raises(NeedsHuman, match="waits for approval"):
            await engine.create_branch()
        state = await engine.get_state()
        story.say(f"/tamma approve {state.plan_hash}", by=story.people.maintainer)
        assert (await engine.create_branch()).startswith("tamma/")
        candidate = await engine.implement_code()
        assert (await engine.run_tests()).report.green
        shown = await engine.create_pull_request()
        assert shown.head_sha == candidate.sha
        assert (await engine.monitor_pr()).head_sha == candidate.sha
        merged = await engine.merge_pr()
        assert (await engine.execute_plan()).status is TaskStatus.COMPLETED
        assert story.repository.head("main") == merged.sha
        await engine.dispose()


async def test_paused_engine_holds_until_it_is_resumed(stage: Stage) -> None:
    """Pausing stops the next step, and resuming goes on where it was."""
    async with stage(project.repairing()) as story:
        engine = engine_of(story)
        with pytest.raises(InvalidInput, match="no task is selected"):
            await engine.get_state()
        await engine.select_issue(IssueFilters())
        await engine.pause_execution(by="maintainer")
        with pytest.raises(NeedsHuman, match="paused"):
            await engine.analyze_issue()
        assert (await engine.resume_execution(by="maintainer")).status is TaskStatus.QUEUED
        assert (await engine.analyze_issue()).complexity == "low"
