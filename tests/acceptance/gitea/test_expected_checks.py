"""Workflows that run on the base only, on a forge that really runs them."""

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.story import Stage, asks_about_diff
from rehearsal.world import SETTINGS
from tamma_core.domain.task import StepName, TaskStatus

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


async def test_where_only_a_deployment_runs_a_person_approves(stage: Stage) -> None:
    """No workflow can check the pull request, so nothing is green: our own tests and a person's word are needed."""
    files = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}
    async with stage(project.repairing(), files | {".gitea/workflows/deploy.yml": DEPLOY}) as story:
        state = await story.play(settings=SETTLED, until=asks_about_diff)
        assert state.merged is None
        assert state.step is StepName.MONITOR
        assert state.wait is not None
        assert "the repository has no checks, so a person has to approve" in state.wait.reason
