"""Workflows that run on the base only, on a forge that really runs them."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.story import Stage, Story, asks_about_diff
from rehearsal.world import SETTINGS, world
from services.faulty_proxy import FaultyProxy
from services.gitea_account import Json
from tamma_core.domain.events import TaskResumed, WaitFor
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.engine.engine import drive

pytestmark = [pytest.mark.timeout(200), pytest.mark.usefixtures("actions_runner")]
DEPLOY = """name: deploy
on:
  push:
    branches: [main]
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - run: echo shipped
"""
SHIP = "ci / ship (pull_request)"
SHIPPING = """  ship:
    runs-on: ubuntu-latest
    if: github.event_name == 'push'
    steps:
      - run: echo shipped
"""
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}
SETTLED = replace(SETTINGS, settle_s=3.0)


def report(story: Story, sha: str, name: str, result: str = "success") -> None:
    """Report a check as another system does."""
    body: Json = {"context": name, "state": result}
    story.people.maintainer.call("POST", f"{story.repository.path}/statuses/{sha}", body)


def reporting(story: Story, heads: list[str], **results: str) -> Callable[[TaskState], bool]:
    """Report these checks at each head that is shown, as another system does, and note the head; a play is never ended by it."""

    def until(state: TaskState) -> bool:
        head = state.pull_request.head_sha if state.pull_request else None
        if head is not None and head not in heads:
            heads.append(head)
            for name, result in results.items():
                report(story, head, name, result)
        return False

    return until


async def test_a_deployment_is_not_waited_for(stage: Stage) -> None:
    """The base has checks of a deployment, the pull request those of the tests: it is merged on these."""
    async with stage(project.repairing(), project.FILES | {".gitea/workflows/deploy.yml": DEPLOY}) as story:
        state = await story.play(settings=SETTLED)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.gate is not None
        checks = " ".join(state.gate.reasons)
        assert "ci / test (pull_request)" in checks
        assert "deploy" not in checks
        names = {status["context"] for status in story.get(f"/commits/{state.merged and state.merged.onto}/statuses")}
        assert "deploy / ship (push)" in names


async def test_a_job_that_is_skipped_is_not_waited_for(stage: Stage) -> None:
    """Each job is pending before its condition is looked at; one for the base alone is skipped at our head, and that is merged."""
    shipping = project.WORKFLOW + SHIPPING
    async with stage(project.repairing(), project.FILES | {".gitea/workflows/ci.yml": shipping}) as story:
        state = await story.play(settings=SETTLED)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.merged is not None
        head = state.pull_request and state.pull_request.head_sha
        told = [status["status"] for status in story.get(f"/commits/{head}/statuses") if status["context"] == SHIP]
        assert sorted(told) == ["pending", "skipped"]


async def test_a_check_that_was_skipped_tested_nothing(stage: Stage) -> None:
    """The base has it with a success, the head skipped: it is as missing as one that never came, and a person decides."""
    async with stage(project.repairing(), QUIET) as story:
        reported: list[str] = []
        for name in ("scan", "lint"):
            report(story, story.repository.head("main"), name)
        until = reporting(story, reported, lint="success", scan="skipped")
        state = await story.play(until=until, settings=replace(SETTLED, ci_timeout_s=8.0))
        assert state.parked is not None
        assert state.parked.reason == f"checks that the base has did not come: `scan` (at {reported[-1][:12]})"
        await story.world.ports.journal.signal(state.task.id, [TaskResumed(by="maintainer")])
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        assert state.status is TaskStatus.COMPLETED, state.parked


async def test_a_slow_check_of_the_base_is_waited_for(stage: Stage) -> None:
    """The newest commit of the base and our head have only the quick check yet; the one before it had both."""
    async with stage(project.repairing(), QUIET) as story:
        reported: list[str] = []
        tell = reporting(story, reported, lint="success", deploy="skipped")

        def until(state: TaskState) -> bool:
            tell(state)
            return state.wait is not None and "slow" in state.wait.reason

        for name in ("slow", "lint"):
            report(story, story.repository.head("main"), name)
        report(story, story.repository.push({"NOTES.md": "a\n"}, "main"), "lint")
        state = await story.play(until=until, settings=SETTLED)
        assert reported
        state = await story.world.engine.advance(state.task.id)
        assert state.merged is None
        assert state.wait is not None, state.parked
        assert "slow" in state.wait.reason
        report(story, reported[-1], "slow")
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.gate is not None
        assert "slow" in " ".join(state.gate.reasons)


async def test_where_only_a_deployment_runs_a_person_approves(stage: Stage) -> None:
    """No workflow can check the pull request, so nothing is green: our own tests and a person's word are needed."""
    async with stage(project.repairing(), QUIET | {".gitea/workflows/deploy.yml": DEPLOY}) as story:
        state = await story.play(settings=SETTLED, until=asks_about_diff)
        assert state.merged is None
        assert state.step is StepName.MONITOR
        assert state.wait is not None
        assert "the repository has no checks, so a person has to approve" in state.wait.reason


async def test_an_idle_look_leaves_earlier_commits_alone(stage: Stage, faulty_proxy: FaultyProxy) -> None:
    """While a review is waited for only head and tip are asked for their checks, not the commits before the tip."""
    async with stage(project.repairing()) as story:
        tip = [story.repository.push({"NOTES.md": f"{number}\n"}, "main") for number in range(4)][-1]
        story.repository.protect_branch(approvals=1)
        state = await story.play(until=lambda state: state.wait is not None and state.wait.wait_for is WaitFor.REVIEW)
        head = state.pull_request and state.pull_request.head_sha
        async with world(replace(story.place, forge_url=faulty_proxy.url)) as other:
            faulty_proxy.requests.clear()
            state = await other.engine.advance(state.task.id)
        assert state.wait is not None
        assert state.wait.wait_for is WaitFor.REVIEW
        asked = {target.partition("/statuses/")[2].partition("?")[0] for _, target in faulty_proxy.requests} - {""}
        assert asked == {tip, head}


async def test_a_renamed_check_is_not_waited_for(stage: Stage) -> None:
    """The base has just renamed its job: the old name comes no more, the new one is asked for in its place."""
    renamed = project.WORKFLOW.replace("  test:", "  unit:")
    async with stage(project.repairing()) as story:
        before = story.repository.head("main")
        story.repository.push({".gitea/workflows/ci.yml": renamed}, "main")
        state = await story.play(settings=SETTLED)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.gate is not None
        assert "no longer jobs of the base: ci / test (push)" in state.gate.reasons
        assert "ci / unit (pull_request)" in " ".join(state.gate.reasons)
        assert "ci / test (push)" in {status["context"] for status in story.get(f"/commits/{before}/statuses")}


async def test_a_renamed_check_is_waited_for_while_its_successor_is_nowhere(stage: Stage) -> None:
    """The new job ran neither at the tip nor at our head, and may yet: the old name is not let go of."""
    slow = "name: slow\non: {pull_request: {types: [reopened]}}\n" + DEPLOY[DEPLOY.index("jobs:") :]
    async with stage(project.repairing(), project.FILES | {".gitea/workflows/slow.yml": slow}) as story:
        report(story, story.repository.head("main"), "slow / ship (push)")
        story.repository.push({".gitea/workflows/slow.yml": slow.replace("  ship:", "  sail:")}, "main")
        state = await story.play(
            until=lambda state: state.wait is not None and "slow / ship" in state.wait.reason, settings=SETTLED
        )
        assert state.merged is None
        assert state.wait is not None, state.parked
        assert "slow / ship (push)" in state.wait.reason


async def test_a_person_goes_on_without_checks_that_never_came(stage: Stage) -> None:
    """Another system reports no more: the task is parked with the names, and resuming it accepts just these."""
    async with stage(project.repairing(), QUIET) as story:
        reported: list[str] = []
        for name in ("slow", "docs", "lint"):
            report(story, story.repository.head("main"), name)
        report(story, story.repository.push({"NOTES.md": "a\n"}, "main"), "lint")
        state = await story.play(
            until=reporting(story, reported, lint="success"), settings=replace(SETTLED, ci_timeout_s=8.0)
        )
        assert state.parked is not None
        assert state.parked.reason == f"checks that the base has did not come: `docs`, `slow` (at {reported[-1][:12]})"
        await story.world.ports.journal.signal(state.task.id, [TaskResumed(by="maintainer")])
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.gate is not None
        assert "a person went on without docs, slow" in state.gate.reasons


async def test_going_on_without_a_check_is_for_one_head(stage: Stage) -> None:
    """The base moves after a person went on without a check: at the head that follows from it the check is waited for."""
    async with stage(project.repairing(), QUIET) as story:
        heads: list[str] = []
        tell = reporting(story, heads, lint="success")

        def waits_again(state: TaskState) -> bool:
            tell(state)
            return len(heads) > 1 and state.wait is not None and "slow" in state.wait.reason

        for name in ("slow", "lint"):
            report(story, story.repository.head("main"), name)
        state = await story.play(until=waits_again, settings=replace(SETTLED, ci_timeout_s=8.0))
        assert state.parked is not None
        report(story, story.repository.push({"NOTES.md": "a\n"}, "main"), "lint")
        await story.world.ports.journal.signal(state.task.id, [TaskResumed(by="maintainer")])
        state = await drive(story.world.engine, state.task.id, story.world.ports, detach=True)
        while state.merged is None and not waits_again(state) and state.status is not TaskStatus.PAUSED:
            state = await story.world.engine.advance(state.task.id)
        assert len(heads) == 2
        assert state.merged is None
        assert state.wait is not None, state.parked
        assert "slow" in state.wait.reason
