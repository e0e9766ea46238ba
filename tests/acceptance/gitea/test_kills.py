"""A worker killed at any moment: resumed, everything has happened exactly once, and the record of all workers replays."""

import asyncio
import json
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from acceptance.gitea.test_after_the_merge import BREAKING
from acceptance.gitea.test_moved_base import RESOLVED, SAME_PLACE
from acceptance.gitea.test_reviews import ADDRESSED, remarks, review
from acceptance.gitea.test_triage import files, flaky, verdicts
from msgspec.structs import replace
from rehearsal import project
from rehearsal.replaying import replay
from rehearsal.story import Stage, Story, asks_about_plan, with_limits
from rehearsal.worker import arguments
from rehearsal.world import SETTINGS, Place
from services.faulty_proxy import Fault, FaultyProxy, Rule
from tamma_core.domain.effects import Declined
from tamma_core.domain.ids import TaskId
from tamma_core.domain.state import TaskState, fold
from tamma_core.domain.task import BaseUpdate, TaskStatus
from tamma_core.domain.triage import Cause

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("actions_runner")]
TESTS = Path(__file__).parents[2]
DEADLINE_S = 4.0
# Gitea closes the issue itself when it merges what says so, and closing is then found done.
WRITES = (
    ("POST", r"/issues/\d+/comments$"),  # how it stands
    ("POST", r"/issues/\d+/comments$"),
    ("PATCH", r"/issues/comments/\d+$"),
    ("POST", r"git-receive-pack$"),
    ("POST", r"/pulls$"),
    ("POST", r"/pulls/\d+/merge$"),
    ("POST", r"/issues/\d+/comments$"),
    ("DELETE", r"/branches/"),
)


@asynccontextmanager
async def worker(
    place: Place, task: TaskId, deaths: Path | None = None, phase: int = 0, still: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *arguments(place, task, deaths, phase, still),
        cwd=TESTS,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), os.environ.get("PYTHONPATH", "")))},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def answered(rule: Rule, process: asyncio.subprocess.Process) -> None:
    """Wait until the forge has answered the struck request; a worker that ends before is an error."""
    struck = asyncio.create_task(rule.happened(timeout_s=60))
    ended = asyncio.create_task(process.communicate())
    await asyncio.wait((struck, ended), return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        raise AssertionError(f"the worker ended before {rule.target.pattern}: {ended.result()}")
    ended.cancel()
    await struck


async def approving(story: Story, task: TaskId) -> None:
    """Approve the plan in the issue once it is asked about, as the maintainer."""
    while True:
        state = fold(await story.world.ports.journal.read(task))
        if asks_about_plan(state):
            story.say(f"/tamma approve {state.plan_hash}", story.people.maintainer)
            return
        await asyncio.sleep(0.2)


async def run_until_it_ends(
    place: Place,
    task: TaskId,
    deaths: Path | None = None,
    phase: int = 0,
    *,
    most: int = 1,
    ends: TaskStatus = TaskStatus.COMPLETED,
) -> int:
    """Start one worker after the other until one is not killed; answer how many were."""
    for killed in range(most):
        async with worker(place, task, deaths, phase) as process:
            out, err = await process.communicate()
            if process.returncode != -signal.SIGKILL:
                assert process.returncode == 0, err.decode()
                assert json.loads(out)["status"] == ends, out
                return killed
    raise AssertionError(f"not done after {most} workers")


async def check_everything_happened_once(story: Story, task: TaskId) -> None:
    """Look at the forge, not at the journal."""
    state = fold(await story.world.ports.journal.read(task))
    assert state.merged is not None
    assert state.candidate is not None
    pulls = story.get("/pulls?state=all")
    assert [(pull["merged"], pull["head"]["sha"]) for pull in pulls] == [(True, state.candidate.sha)]
    assert story.branches() == ["main"]
    kinds = Counter(body.splitlines()[0].split("`")[0] for body in story.comments())
    assert kinds == {"### Plan 1 · ": 1, "Merged as ": 1}
    assert [body.splitlines()[0] for body in story.statuses()] == ["### Tamma is done"]
    assert story.get(f"/issues/{story.issue}")["state"] == "closed"
    merges = [commit for commit in story.get("/commits?sha=main&limit=50") if len(commit["parents"]) == 2]
    assert [commit["sha"] for commit in merges] == [state.merged.sha]
    assert story.repository.head("main") == state.merged.sha


@pytest.mark.parametrize("phase", [0, 1])
async def test_killed_after_every_event(stage: Stage, tmp_path: Path, phase: int) -> None:
    """SIGKILL right after each event of a whole task is journaled: intents, outcomes, turns and all others."""
    deaths = tmp_path / "deaths"
    async with stage(project.repairing()) as story:
        task = await story.world.submit(story.slug, story.issue)
        place = replace(story.place, request_deadline_s=DEADLINE_S)
        approval = asyncio.create_task(approving(story, task))
        killed = await run_until_it_ends(place, task, deaths, phase, most=120)
        await approval
        moments = deaths.read_text().splitlines()
        assert killed == len(moments) >= 40
        assert sum(name.startswith("effect_intended") for name in moments) >= 6
        assert sum(name.startswith("effect_done") for name in moments) >= 6
        await check_everything_happened_once(story, task)
    claims = await replay(place, task)
    assert len(claims) >= killed  # whoever dies after an append held a claim; the last may find the task ended
    assert sum(claim.cut for claim in claims) >= 20


async def test_killed_while_the_answer_to_each_write_is_on_its_way(stage: Stage, faulty_proxy: FaultyProxy) -> None:
    """The forge has done it, the worker dies before it hears of it: nothing is done again."""
    async with stage(project.repairing()) as story:
        task = await story.world.submit(story.slug, story.issue)
        place = replace(story.place, forge_url=faulty_proxy.url, request_deadline_s=DEADLINE_S)
        approval = asyncio.create_task(approving(story, task))
        for method, target in WRITES:
            rule = faulty_proxy.strike(Fault.HOLD, method, target)
            async with worker(place, task) as process:
                await answered(rule, process)
            rule.release()
        await run_until_it_ends(place, task)
        await approval
        await check_everything_happened_once(story, task)
    assert len(await replay(place, task)) > len(WRITES)


@pytest.mark.parametrize("effect", ["show_status", "post_issue_comment"])
async def test_a_worker_that_stood_still_does_nothing_late(stage: Stage, effect: str) -> None:
    """Stopped between an intent and its effect, and let go on when another has long finished the task."""
    async with stage(project.repairing()) as story:
        task = await story.world.submit(story.slug, story.issue)
        place = replace(story.place, request_deadline_s=DEADLINE_S)
        approval = asyncio.create_task(approving(story, task))
        async with worker(place, task, still=effect) as late:
            await stopped(late)
            await run_until_it_ends(place, task)
            await approval
            await goes_on(late)
        await check_everything_happened_once(story, task)


@pytest.mark.parametrize("effect", ["push_branch", "open_pull_request", "merge_pull_request"])
async def test_a_worker_that_stood_still_in_turn_is_waited_for(stage: Stage, effect: str) -> None:
    """Where ours go one at a time nobody passes it, and that is told; let go on, it leaves the effect to the other."""
    async with stage(project.repairing()) as story:
        task = await story.world.submit(story.slug, story.issue)
        place = replace(story.place, request_deadline_s=DEADLINE_S)
        approval = asyncio.create_task(approving(story, task))
        async with worker(place, task, still=effect) as late:
            await stopped(late)
            await approval
            other = asyncio.create_task(run_until_it_ends(place, task))
            async for line in story.world.ports.log.follow(task):
                if "waits for a worker that is" in line.text:
                    break
            assert not other.done()
            await goes_on(late)
            await other
        await check_everything_happened_once(story, task)


async def goes_on(late: asyncio.subprocess.Process) -> None:
    """Let a process that stood still go on: it finds the task done, or another at work."""
    late.send_signal(signal.SIGCONT)
    _, err = await late.communicate()
    assert late.returncode == 0 or b"is held by worker" in err, err.decode()


async def stopped(process: asyncio.subprocess.Process) -> None:
    """Wait until a process stands still."""
    while (state := Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]) != "T":
        assert state != "Z", await process.communicate()
        await asyncio.sleep(0.1)


async def test_killed_after_every_event_of_a_proposed_revert(stage: Stage, tmp_path: Path) -> None:
    """SIGKILL after each event that follows a merge which broke the base: one branch, one pull request, one comment."""
    deaths = tmp_path / "deaths"
    async with stage(project.repairing(), project.FILES | {".gitea/workflows/ci.yml": BREAKING}) as story:
        state = await story.play(settings=replace(SETTINGS, settle_s=4.0), until=lambda state: state.merged is not None)
        assert state.merged is not None
        place = replace(story.place, request_deadline_s=DEADLINE_S)
        killed = await run_until_it_ends(place, state.task.id, deaths, most=40, ends=TaskStatus.PAUSED)
        moments = deaths.read_text().splitlines()
        assert killed == len(moments)
        assert {"base_turned_red", "effect_intended open_pull_request revert-pull-request"} <= set(moments)
        assert "effect_done reopen" in moments
        pulls = story.get("/pulls?state=all&sort=oldest")
        assert [pull["merged"] for pull in pulls] == [True, False]
        assert story.branches() == ["main", pulls[1]["head"]["ref"]]
        kinds = Counter(body.splitlines()[0].split("`")[0] for body in story.comments())
        assert kinds == {"### Plan 1 · ": 1, "Merged as ": 1}
        assert [body.splitlines()[0] for body in story.statuses()] == ["### Tamma stopped and needs a person"]
        assert story.get(f"/issues/{story.issue}")["state"] == "open"
        assert story.repository.head("main") == state.merged.sha


async def test_killed_after_every_event_of_a_flaky_job(stage: Stage, tmp_path: Path) -> None:
    """SIGKILL after each event that follows a job which fails once: it is repeated once, and merged once."""
    deaths, seen = tmp_path / "deaths", tmp_path / "seen"
    seen.mkdir()
    async with stage(project.repairing(), files(flaky(seen))) as story:
        state = await story.play(until=lambda state: state.pull_request is not None)
        place = replace(story.place, request_deadline_s=DEADLINE_S)
        killed = await run_until_it_ends(place, state.task.id, deaths, most=40)
        moments = deaths.read_text().splitlines()
        assert killed == len(moments)
        assert {"failure_triaged again", "effect_intended rerun_jobs rerun", "gate_passed"} <= set(moments)
        await check_everything_happened_once(story, state.task.id)
        assert state.pull_request is not None
        runs = story.get(f"/actions/runs?head_sha={state.pull_request.head_sha}")["workflow_runs"]
        jobs = [job for run in runs for job in story.get(f"/actions/runs/{run['id']}/jobs")["jobs"]]
        assert sorted((job["run_attempt"], job["conclusion"]) for job in jobs) == [(1, "success"), (2, "success")]


def switch_off(story: Story) -> None:
    """Have the forge refuse to repeat what the workflow ran."""
    story.people.owner.call("PUT", f"{story.repository.path}/actions/workflows/ci.yml/disable")


@pytest.mark.timeout(200)
@pytest.mark.parametrize("refused", [False, True], ids=["repeated", "refused"])
async def test_killed_after_every_event_of_a_failure(stage: Stage, tmp_path: Path, refused: bool) -> None:
    """SIGKILL after each event of red jobs, also where the forge repeats none: judged as without, and not waited for."""
    deaths = tmp_path / "deaths"
    settings = replace(with_limits(attempts=1), ci_timeout_s=3600.0)
    async with stage(
        project.repairing(project.NOISY), files("if grep -n print.number duration.py; then exit 1; fi")
    ) as story:

        def until(state: TaskState) -> bool:
            return state.pull_request is not None and len(story.get("/actions/runs")["workflow_runs"]) > 2

        state = await story.play(until=until, settings=settings)
        if refused:
            switch_off(story)
        place = replace(story.place, request_deadline_s=DEADLINE_S)
        killed = await run_until_it_ends(place, state.task.id, deaths, most=40, ends=TaskStatus.PAUSED)
        moments = deaths.read_text().splitlines()
        assert killed == len(moments)
        assert {"failure_triaged again", "effect_intended rerun_jobs rerun", "failure_triaged"} <= set(moments)
        assert await verdicts(story, state) == [(Cause.UNCLEAR, True), (Cause.NEW, False)]
        state = fold(await story.journal(state))
        assert state.parked is not None
        assert "1 of 1 attempts used" in state.parked.reason
        outcomes = [record.outcome for key, record in state.effects.items() if key.startswith("rerun:")]
        assert [isinstance(outcome, Declined) for outcome in outcomes] == [refused]


async def test_killed_after_every_event_of_a_conflict(stage: Stage, tmp_path: Path) -> None:
    """SIGKILL after each event that follows a base which moved under the change: resolved and merged once."""
    deaths = tmp_path / "deaths"
    async with stage(project.repairing(project.GOOD, RESOLVED)) as story:
        settings = replace(SETTINGS, base_update=BaseUpdate.REBASE)
        state = await story.play(until=lambda state: state.pull_request is not None, settings=settings)
        story.repository.push(SAME_PLACE, "main", by=story.people.owner)
        place = replace(story.place, request_deadline_s=DEADLINE_S)
        killed = await run_until_it_ends(place, state.task.id, deaths, most=60)
        moments = deaths.read_text().splitlines()
        assert killed == len(moments)
        assert {"base_moved", "candidate_rejected", "attempt_started", "candidate_made"} <= set(moments)
        await check_everything_happened_once(story, state.task.id)
        assert story.file("NOTES.md") == SAME_PLACE["NOTES.md"]


async def test_killed_after_every_event_of_a_review(stage: Stage, tmp_path: Path) -> None:
    """SIGKILL after each event that follows a maintainer's thread: one answer, resolved, merged once."""
    deaths = tmp_path / "deaths"
    async with stage(project.repairing(project.GOOD, ADDRESSED)) as story:
        state = await story.play(until=lambda state: state.pull_request is not None)
        review(story, state, story.people.maintainer, "COMMENT", "Would the sum be clearer written out?")
        place = replace(story.place, request_deadline_s=DEADLINE_S)
        killed = await run_until_it_ends(place, state.task.id, deaths, most=60)
        moments = deaths.read_text().splitlines()
        assert killed == len(moments)
        assert "effect_intended answer_thread thread" in moments
        await check_everything_happened_once(story, state.task.id)
        said = [remark for remark in remarks(story, state) if remark["user"]["login"] == story.people.bot.name]
        assert len(said) == 1


async def test_two_workers_on_one_task_do_everything_once(stage: Stage) -> None:
    """Whoever holds the lease works; the other waits or goes, and nothing is done twice."""
    async with stage(project.repairing()) as story:
        task = await story.world.submit(story.slug, story.issue)
        approval = asyncio.create_task(approving(story, task))
        async with worker(story.place, task) as one, worker(story.place, task) as other:
            said = await asyncio.gather(one.communicate(), other.communicate())
        await approval
        codes = [one.returncode, other.returncode]
        assert 0 in codes, said
        assert all(
            code == 0 or re.search(rb"Lease(Held|Lost): ", err) for code, (_, err) in zip(codes, said, strict=True)
        ), said
        await check_everything_happened_once(story, task)
