"""Red checks on a real Gitea: whose fault they are decides whether a model hears of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.script import first_text
from rehearsal.story import Stage, Story
from rehearsal.world import SETTINGS
from services.actions_runner import ActionsRunner, lose_job
from services.gitea import Gitea
from tamma_core.domain.effects import RerunJobs
from tamma_core.domain.events import EffectIntended, FailureTriaged
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.domain.triage import Cause

pytestmark = [pytest.mark.timeout(200), pytest.mark.usefixtures("actions_runner")]
LOST = """name: lost
on: pull_request
jobs:
  scan:
    runs-on: lost
    steps:
      - run: echo never
"""
PROPOSED = "test $GITHUB_EVENT_NAME = pull_request"


def files(step: str, *, job: str = "") -> dict[str, str]:
    """Answer the project with one more step in its workflow, and one more line of its job."""
    workflow = project.WORKFLOW.replace("    runs-on", f"{job}    runs-on") + f"      - run: |\n          {step}\n"
    return project.FILES | {".gitea/workflows/ci.yml": workflow}


def flaky(seen: Path) -> str:
    """Answer a step that fails the first time that it runs at a proposed commit."""
    return f"if {PROPOSED} && mkdir {seen}/$GITHUB_SHA 2>/dev/null; then exit 1; fi"


async def verdicts(story: Story, state: TaskState) -> Sequence[tuple[Cause, bool]]:
    """List what was said of failures, and whether a repeat followed."""
    found = [item.event for item in await story.journal(state)]
    return [(event.cause, event.again) for event in found if isinstance(event, FailureTriaged)]


async def repeats(story: Story, state: TaskState) -> int:
    """Count the repeats that were asked for."""
    found = [item.event for item in await story.journal(state)]
    return sum(isinstance(event, EffectIntended) and isinstance(event.effect, RerunJobs) for event in found)


def repairs(story: Story) -> int:
    """Count the requests in which a model was told of a failure."""
    return sum("An earlier attempt failed" in first_text(request.json) for request in story.model.requests)


async def test_a_flaky_job_costs_no_attempt_and_no_call(stage: Stage, tmp_path: Path) -> None:
    """Red, then green when run again at the same commit: merged, and no model was told."""
    seen = tmp_path / "seen"
    seen.mkdir()
    async with stage(project.repairing(), files(flaky(seen))) as story:
        state = await story.play()
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert (state.attempts, repairs(story)) == (1, 0)
        assert await verdicts(story, state) == [(Cause.UNCLEAR, True)]
        assert await repeats(story, state) == 1
        assert state.gate is not None
        assert state.gate.reasons[0] == "failed once and passed when repeated: ci / test (pull_request)"


@pytest.mark.parametrize(
    "broken",
    [
        files(f"if {PROPOSED}; then echo 'Could not resolve host: packages.example'; exit 1; fi"),
        files(f"if {PROPOSED}; then sleep 60; fi", job="    timeout-minutes: 0.05\n"),
    ],
    ids=["registry", "time limit"],
)
async def test_infrastructure_is_repeated_once_and_parked(stage: Stage, broken: dict[str, str]) -> None:
    """A registry that is down, a job that runs into its limit: run again once, then a person is shown what it said."""
    async with stage(project.repairing(), broken) as story:
        state = await story.play()
        assert state.status is TaskStatus.PAUSED
        assert state.parked is not None
        assert state.parked.step is StepName.MONITOR
        assert "ci / test (pull_request)" in state.parked.reason
        assert "Could not resolve host" in state.parked.reason or "time limit" in state.parked.reason
        assert (state.attempts, repairs(story)) == (1, 0)
        assert await verdicts(story, state) == [(Cause.INFRASTRUCTURE, True), (Cause.INFRASTRUCTURE, False)]
        assert await repeats(story, state) == 1
        assert story.statuses()[0].startswith("### Tamma stopped and needs a person")


@contextlib.asynccontextmanager
async def mortal_runners(gitea: Gitea, label: str) -> AsyncIterator[None]:
    """Keep a runner up, another one after each death, while the server looks for jobs of dead ones."""

    async def keep() -> None:
        while True:
            with ActionsRunner(gitea.url, gitea.runner_token(), [label]) as runner:
                while runner.is_running():
                    gitea.end_lost_jobs()
                    await asyncio.sleep(0.3)

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def test_a_lost_runner_is_infrastructure(stage: Stage, gitea: Gitea) -> None:
    """The runner is killed in the middle of the job, and the one that repeats it too: no attempt is spent on that."""
    broken = files(f"if {PROPOSED}; then echo begun; sleep 3; kill -9 $PPID; fi")
    workflow = broken[".gitea/workflows/ci.yml"].replace("ubuntu-latest", "mortal")
    async with (
        mortal_runners(gitea, "mortal"),
        stage(project.repairing(), broken | {".gitea/workflows/ci.yml": workflow}) as story,
    ):
        state = await story.play(settings=replace(SETTINGS, ci_timeout_s=120.0))
        assert state.parked is not None
        assert "so its runner was lost" in state.parked.reason
        assert (state.attempts, repairs(story)) == (1, 0)
        assert await verdicts(story, state) == [(Cause.INFRASTRUCTURE, True), (Cause.INFRASTRUCTURE, False)]
        assert await repeats(story, state) == 1


@contextlib.asynccontextmanager
async def losing_runners(gitea: Gitea, label: str) -> AsyncIterator[None]:
    """Lose each job in silence, while the server looks for jobs of dead runners."""

    async def lose() -> None:
        while True:
            await lose_job(gitea.url, gitea.runner_token(), label)

    async def look() -> None:
        while True:
            gitea.end_lost_jobs()
            await asyncio.sleep(0.5)

    tasks = [asyncio.create_task(lose()), asyncio.create_task(look())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_runner_lost_before_its_first_line_is_infrastructure(stage: Stage, gitea: Gitea) -> None:
    """Gitea answers 500 for a log that was never begun: no circuit opens, and the job is repeated once as any lost one."""
    async with (
        losing_runners(gitea, "lost"),
        stage(project.repairing(), project.FILES | {".gitea/workflows/lost.yml": LOST}) as story,
    ):
        state = await story.play(settings=replace(SETTINGS, ci_timeout_s=120.0))
        assert state.parked is not None
        assert state.parked.reason.startswith("checks were broken off by something else than the change")
        assert "lost / scan (pull_request): failure; it has no log, so its runner was lost" in state.parked.reason
        assert (state.attempts, repairs(story)) == (1, 0)
        assert await verdicts(story, state) == [(Cause.INFRASTRUCTURE, True), (Cause.INFRASTRUCTURE, False)]
        assert await repeats(story, state) == 1


async def test_a_red_base_is_told_and_not_repaired(stage: Stage) -> None:
    """What fails on the base as well is nobody's change: a person is told, nothing is repeated."""
    async with stage(project.repairing(), files("exit 1")) as story:
        state = await story.play()
        assert state.status is TaskStatus.PAUSED
        assert state.parked is not None
        assert "fail on the base too" in state.parked.reason
        assert (state.attempts, repairs(story)) == (1, 0)
        assert await verdicts(story, state) == [(Cause.BASE, False)]
        assert await repeats(story, state) == 0


async def test_a_failure_that_repeats_itself_goes_to_the_model(stage: Stage) -> None:
    """Red twice at the same commit: the model is told what the log says, and the repaired head is merged."""
    async with stage(
        project.repairing(project.NOISY, project.QUIET), files("if grep -n print.number duration.py; then exit 1; fi")
    ) as story:
        state = await story.play()
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert state.attempts == 2
        assert await verdicts(story, state) == [(Cause.UNCLEAR, True), (Cause.NEW, False)]
        assert await repeats(story, state) == 1
        assert any("print(number, unit)" in first_text(request.json) for request in story.model.requests)


async def test_verification_that_cannot_install_is_repeated_once_and_parked(stage: Stage) -> None:
    """Our own set-up meets a registry that is down: verified once more, then a person is shown what it said."""
    down = "sh -c 'echo Could not resolve host: packages.example; exit 1'"
    async with stage(project.repairing()) as story:
        state = await story.play(settings=replace(SETTINGS, setup_command=down))
        assert state.status is TaskStatus.PAUSED
        assert state.parked is not None
        assert (state.parked.step, state.attempts) == (StepName.VERIFY, 1)
        assert "Could not resolve host" in state.parked.reason
        assert await verdicts(story, state) == [(Cause.INFRASTRUCTURE, True), (Cause.INFRASTRUCTURE, False)]
        assert story.branches() == ["main"]
