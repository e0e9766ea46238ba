"""Workflows that run on the base only, on a forge that really runs them."""

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.story import Stage, asks_about_diff
from rehearsal.world import SETTINGS
from services.gitea_account import Json
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
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}
SETTLED = replace(SETTINGS, settle_s=3.0)


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


async def test_a_slow_check_of_the_base_is_waited_for(stage: Stage) -> None:
    """The newest commit of the base and our head have only the quick check yet; the one before it had both."""
    async with stage(project.repairing(), QUIET) as story:

        def report(sha: str, name: str, result: str = "success") -> None:
            body: Json = {"context": name, "state": result}
            story.people.maintainer.call("POST", f"{story.repository.path}/statuses/{sha}", body)

        def until(state: TaskState) -> bool:
            if state.pull_request is not None and state.pull_request.head_sha not in reported:
                reported.append(state.pull_request.head_sha)
                report(reported[-1], "lint")
                report(reported[-1], "deploy", "skipped")
            return state.wait is not None and "slow" in state.wait.reason

        reported: list[str] = []
        for name in ("slow", "lint"):
            report(story.repository.head("main"), name)
        report(story.repository.push({"NOTES.md": "a\n"}, "main"), "lint")
        state = await story.play(until=until, settings=SETTLED)
        assert reported
        state = await story.world.engine.advance(state.task.id)
        assert state.merged is None
        assert state.wait is not None, state.parked
        assert "slow" in state.wait.reason
        report(reported[-1], "slow")
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
