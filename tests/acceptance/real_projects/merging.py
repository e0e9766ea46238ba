"""Play a story to its merge, and get at what was merged."""

import subprocess
from pathlib import Path

from msgspec.structs import replace
from rehearsal.script import Script, Turn, analysed, bash, call, edit, implemented, planned
from rehearsal.story import Story, asks_about_diff
from rehearsal.world import SETTINGS
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import SetupNetwork, TaskStatus
from tamma_core.domain.verification import VerificationReport

WITH_NETWORK = replace(SETTINGS, setup_network=SetupNetwork.PROXY, ci_timeout_s=300.0)
"""Dependencies may be fetched; tests run without network all the same."""


Edit = tuple[str, str, str]
"""Path, text to replace, new text."""


def workflow(*commands: str) -> dict[str, str]:
    """Have commands run as the job `test` of the workflow `ci`, on what is pushed to main and on pull requests; YAML's marks are the caller's."""
    steps = "".join(f"      - run: {command}\n" for command in commands)
    head = """name: ci
on:
  push:
    branches: [main]
  pull_request:
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
"""
    return {".gitea/workflows/ci.yml": head + steps}


def repairing(test: Edit, *repairs: Edit) -> Script:
    """Answer a model that looks, shows the defect by a test, and repairs it; each repair is another attempt."""
    files = (repairs[0][0], test[0]) if test[1] else (repairs[0][0],)
    return Script(
        analyse=[bash(f"wc -l {' '.join(files)}"), analysed(*files)],
        plan=[planned(*files, tests=["the reported case"])],
        attempts=[_attempt(test, repair) for repair in repairs],
    )


def _attempt(test: Edit, repair: Edit) -> list[Turn]:
    run = call("run_tests", selection=[])
    return [edit(*test), run, edit(*repair), run, implemented()]


async def play_to_merge(story: Story) -> tuple[TaskState, VerificationReport]:
    """Answer the merged task and what verification said; the maintainer approves the difference if asked."""
    told: set[str] = set()

    def decide(state: TaskState) -> bool:
        if asks_about_diff(state) and state.diff_question not in told:
            told.add(state.diff_question)
            story.say(f"Read it.\n\n/tamma approve {state.diff_question}", story.people.maintainer)
        return False

    state = await story.play(until=decide, settings=WITH_NETWORK)
    assert state.status is TaskStatus.COMPLETED, (state.parked, state.rejected_candidate)
    assert state.merged
    assert state.verified
    assert story.repository.head("main") == state.merged.sha
    assert story.get(f"/issues/{story.issue}")["state"] == "closed"
    return state, state.verified.report


def fixed_under_ci(state: TaskState, report: VerificationReport, *, new_tests: int) -> None:
    """Check that one attempt was enough, that the base shows the defect, and that the job of `workflow` let it pass."""
    assert report.green
    assert state.attempts == 1
    assert report.tests_run == report.tests_run_on_base + new_tests
    assert report.reproduced is True
    assert state.gate
    assert "ci / test (pull_request)" in " ".join(state.gate.reasons)


def checkout(story: Story, place: Path) -> Path:
    """Clone what main now holds."""
    owner = story.people.owner
    command = ["git", "clone", "--quiet", "--depth", "1", story.repository.url, str(place)]
    subprocess.run(command, check=True, env=owner.git_environment(), capture_output=True)
    return place


def printed(command: list[str], cwd: Path, environment: dict[str, str] | None = None) -> str:
    """Answer what a program prints to its standard output."""
    return subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True, text=True).stdout
