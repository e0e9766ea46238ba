"""The whole loop on a real Gitea, with real continuous integration and people who are no administrators."""

import pytest
from rehearsal import project
from rehearsal.script import first_text
from rehearsal.story import Stage, asks_about_diff, asks_about_plan
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import TaskStatus

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("actions_runner")]


async def test_issue_becomes_a_merged_pull_request(stage: Stage) -> None:
    """Issue, plan in a comment, approval by a comment, branch, change, pull request, Actions, merge, issue closed."""
    async with stage(project.repairing()) as story:
        state = await story.play()
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.merged
        assert state.gate
        assert state.candidate
        assert state.pull_request
        assert state.plan_approval
        number, merged = state.pull_request.number, state.merged.sha
        pull = story.get(f"/pulls/{number}")
        assert pull["merged"] is True
        assert pull["head"]["sha"] == state.gate.head_sha == state.candidate.sha
        assert story.repository.head("main") == merged
        assert story.get(f"/issues/{story.issue}")["state"] == "closed"
        assert [body.splitlines()[0] for body in story.comments()] == [
            f"### Plan 1 · `{state.plan_hash}`",
            f"Merged as `{merged[:12]}` by pull request #{number}.",
        ]
        assert "ci / test (pull_request)" in " ".join(state.gate.reasons)
        assert state.plan_approval.by == story.people.maintainer.name
        assert state.verified
        assert state.verified.report.reproduced is True
        assert story.branches() == ["main"]


async def test_red_continuous_integration_is_repaired(stage: Stage) -> None:
    """CI refuses what the tests accept; the loop is told why, repairs it, and merges the repaired head."""
    workflow = project.WORKFLOW + "      - run: if grep -n print.number duration.py; then exit 1; fi\n"
    script = project.repairing(project.NOISY, project.QUIET)
    async with stage(script, project.FILES | {".gitea/workflows/ci.yml": workflow}) as story:
        state = await story.play()
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.attempts == 2
        assert "print(" not in story.file("duration.py")
        told = [first_text(recorded.json) for recorded in story.model.requests]
        assert any("check(s) failed" in text and "print(number, unit)" in text for text in told)


async def test_weakened_tests_are_stopped_before_the_first_push(stage: Stage) -> None:
    """A model that makes the suite agree with the defect never gets its branch onto the forge."""
    async with stage(project.repairing(project.WEAKENED)) as story:
        state = await story.play(until=asks_about_diff)
        assert state.wait is not None
        assert "test_duration.py" in state.wait.reason
        assert "test_minutes" in state.wait.reason
        assert story.branches() == ["main"]
        assert any(body.startswith("### The change needs a person") for body in story.comments())


async def test_approval_of_a_stranger_is_ignored(stage: Stage) -> None:
    """Who may not write may not approve, whatever the comment says."""
    async with stage(project.repairing()) as story:
        asked: list[str] = []

        def until(state: TaskState) -> bool:
            if asks_about_plan(state) and not asked:
                asked.append(state.plan_hash)
                story.say(f"/tamma approve {state.plan_hash}", by=story.people.stranger)
            return len(story.seen) >= 8

        state = await story.play(until=until, approve=False)
        lines = [line.text async for line in story.world.ports.log.follow(state.task.id, until_idle=True)]
        assert state.status is TaskStatus.WAITING
        assert state.plan_approval is None
        assert any("ignored `approve` by stranger" in line for line in lines)
        assert story.branches() == ["main"]
