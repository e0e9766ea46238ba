"""A task that ran on a real Gitea with its Actions, replayed where there is neither."""

import asyncio
import json
from pathlib import Path

import pytest
from acceptance.gitea.test_command import CANARY, TAMMA, configure, merged_by_command
from rehearsal import project
from rehearsal.replaying import replay
from rehearsal.story import Stage, asks_about_diff
from tamma_cli.outcome import question
from tamma_core.domain.events import ApprovalSubject, Approved, TaskPaused, TaskResumed
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.engine.engine import drive
from tamma_core.sandbox.program import find_bubblewrap

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("actions_runner")]
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}
_UNSET = frozenset({"SCRIPTED_KEY", "FORGE_TOKEN"})


async def in_no_network(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """Run the command in a network of its own that has no device, and without the secrets."""
    bubblewrap = await find_bubblewrap()
    process = await asyncio.create_subprocess_exec(
        *(bubblewrap.path, "--unshare-net", "--dev-bind", "/", "/", str(TAMMA), *arguments),
        env={name: value for name, value in environment.items() if name not in _UNSET},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_task_of_a_real_forge_replays_without_any_network(stage: Stage, tmp_path: Path) -> None:
    """From the issue to the merge, to the byte: no forge, no model, no key, no token; and none is in the record."""
    home = tmp_path / "home"
    async with stage(project.repairing()) as story:
        environment = configure(home, story)
        task = (await merged_by_command(environment, story))[0]["task"]
        sent = len(story.model.requests)
    code, out, err = await in_no_network(environment, "replay", task, "--json")
    assert code == 0, out + err
    *claims, end = [json.loads(line) for line in out.splitlines()]
    assert end["same"] is True
    assert claims[-1]["step"] == StepName.CLOSE
    assert end["exchanges"] > 5 * sent > 0
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for secret in (CANARY, story.place.forge_token):
        assert secret.encode() not in written


async def test_a_task_that_was_repaired_replays(stage: Stage) -> None:
    """Approved in the issue, red checks with their logs, another attempt, a merge: all of it comes out the same."""
    workflow = project.WORKFLOW + "      - run: if grep -n print.number duration.py; then exit 1; fi\n"
    script = project.repairing(project.NOISY, project.QUIET)
    async with stage(script, project.FILES | {".gitea/workflows/ci.yml": workflow}) as story:
        state = await story.play()
        assert (state.status, state.attempts) == (TaskStatus.COMPLETED, 2), state.parked
    claims = await replay(story.place, state.task.id)
    assert (claims[0].step, claims[-1].step) == (StepName.SELECT, StepName.CLOSE)
    assert sum(claim.step is StepName.IMPLEMENT for claim in claims) >= 2
    assert not any(claim.cut for claim in claims)


async def test_a_stopped_change_replays_up_to_the_stop(stage: Stage) -> None:
    """A task that waits for a person, and will wait on, is replayed as far as it went."""
    async with stage(project.repairing(project.WEAKENED)) as story:
        state = await story.play(until=asks_about_diff)
        assert state.wait is not None
    claims = await replay(story.place, state.task.id)
    assert claims[-1].events[-1].type == "wait_started"


async def test_a_task_that_people_stopped_in_the_middle_of_a_step_replays(stage: Stage) -> None:
    """Paused while the agent works, resumed, approved at the terminal: what people say happens where it happened."""
    async with stage(project.repairing(), QUIET) as story:
        task = await story.world.submit(story.slug, story.issue)
        journal = story.world.ports.journal

        async def stop() -> None:
            while not await journal.read(task, types=frozenset({"attempt_started"})):
                await asyncio.sleep(0.05)
            await journal.signal(task, [TaskPaused(by="maintainer")])

        async def approve(state: TaskState) -> None:
            hash_, subject = question(state), ApprovalSubject.PLAN if state.candidate is None else ApprovalSubject.DIFF
            if hash_:
                await journal.signal(task, [Approved(subject=subject, hash=hash_, by="maintainer", via="terminal")])

        stopping = asyncio.create_task(stop())
        state = await drive(story.world.engine, task, story.world.ports, on_state=approve)
        await stopping
        assert state.status is TaskStatus.PAUSED
        await journal.signal(task, [TaskResumed(by="maintainer")])
        state = await drive(story.world.engine, task, story.world.ports, on_state=approve)
        assert state.status is TaskStatus.COMPLETED, state.parked
    claims = await replay(story.place, task)
    assert claims[-1].step is StepName.CLOSE
    said = [event.type for claim in claims for event in claim.events]
    assert said.index("task_paused") < said.index("task_resumed")
