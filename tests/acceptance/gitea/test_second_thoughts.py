"""People who change their minds, and a world that changes between two steps."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.project import DEFECT, GOOD, REPAIR, repairing
from rehearsal.script import Request, Script, Turn, analysed, bash, edit, finish, first_text, implemented, planned
from rehearsal.story import Stage, Story, asks_about_diff, asks_about_plan
from rehearsal.world import world
from services.faulty_proxy import FaultyProxy
from services.gitea import Gitea
from services.gitea_account import Json
from tamma_core.domain.effects import MergePullRequest
from tamma_core.domain.events import ApprovalSubject, Rejected, TaskPaused, TaskResumed, TurnRecorded
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.engine.engine import Engine, drive
from tamma_providers.testing.replies import Answer

pytestmark = pytest.mark.timeout(200)
DISLIKES_NOISE = project.WORKFLOW + "      - run: if grep -n print.number duration.py; then exit 1; fi\n"
STARTED = "started"
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}


async def at_the_merge(story: Story) -> TaskState:
    """Play until the gate let the change pass, approving what is asked; nothing but the merge is left."""

    def until(state: TaskState) -> bool:
        if asks_about_diff(state):
            story.say(f"/tamma approve {state.diff_question}", by=story.people.maintainer)
        return state.gate is not None

    return await story.play(until=until)


async def resumed(story: Story, state: TaskState) -> TaskState:
    """Let the task go on until it waits or stops."""
    await story.world.ports.journal.signal(state.task.id, [TaskResumed(by="maintainer")])
    return await drive(story.world.engine, state.task.id, story.world.ports, detach=True)


def request_changes(story: Story, state: TaskState) -> None:
    """Review the head as the maintainer, and ask for changes."""
    assert state.pull_request is not None
    body: Json = {"event": "REQUEST_CHANGES", "body": "not like this", "commit_id": state.pull_request.head_sha}
    story.people.maintainer.call("POST", f"{story.repository.path}/pulls/{state.pull_request.number}/reviews", body)


def fail_a_check(story: Story, state: TaskState) -> None:
    """Report a failure at the head."""
    assert state.pull_request is not None
    body: Json = {"context": "security-scan", "state": "failure"}
    story.people.maintainer.call("POST", f"{story.repository.path}/statuses/{state.pull_request.head_sha}", body)


def close_the_issue(story: Story, state: TaskState) -> None:
    """Close the issue as its owner."""
    del state
    story.people.owner.call("PATCH", f"{story.repository.path}/issues/{story.issue}", {"state": "closed"})


def take_the_approval_back(story: Story, state: TaskState) -> None:
    """Say no after having said yes."""
    assert state.candidate is not None
    story.say(f"/tamma reject {state.candidate.guard.diff_hash} on second thoughts, no", by=story.people.maintainer)


def open_a_thread(story: Story, state: TaskState) -> None:
    """Ask something at a line, as the maintainer and without a verdict."""
    assert state.pull_request is not None
    remark: Json = {"path": "duration.py", "body": "Why like this?", "new_position": 1}
    body: Json = {"event": "COMMENT", "body": "", "commit_id": state.pull_request.head_sha, "comments": [remark]}
    story.people.maintainer.call("POST", f"{story.repository.path}/pulls/{state.pull_request.number}/reviews", body)


def take_the_permission_away(story: Story, state: TaskState) -> None:
    """Let the one who approved read only from now on."""
    del state
    story.repository.add_collaborator(story.people.maintainer, "read")


def protect_the_branch(story: Story, state: TaskState) -> None:
    """Demand an approval for whatever is merged into the base."""
    del state
    story.repository.protect_branch(approvals=1)


CHANGES = (
    request_changes,
    fail_a_check,
    close_the_issue,
    take_the_approval_back,
    open_a_thread,
    take_the_permission_away,
    protect_the_branch,
)


@pytest.mark.parametrize("change", CHANGES)
async def test_nothing_is_merged_on_a_gate_of_yesterday(
    stage: Stage, change: Callable[[Story, TaskState], None]
) -> None:
    """The gate passed, then the world changed: the merge looks once more, and is not even tried."""
    async with stage(project.repairing(), QUIET) as story:
        state = await at_the_merge(story)
        before = story.repository.head("main")
        change(story, state)
        state = await drive(story.world.engine, state.task.id, story.world.ports, detach=True)
        assert state.merged is None
        assert not [record for record in state.effects.values() if isinstance(record.effect, MergePullRequest)]
        assert state.status in {TaskStatus.PAUSED, TaskStatus.WAITING}
        assert story.repository.head("main") == before


async def test_a_no_while_the_merge_is_begun_is_heard(stage: Stage, gitea: Gitea) -> None:
    """The step has read the comments, and looks at the reviews for the last time, when somebody says no to the plan."""
    said: list[str] = []

    def meanwhile(method: str, target: str) -> None:
        if method == "GET" and "/reviews" in target and not said:
            said.append(target)
            story.say(f"/tamma reject {state.plan_hash} no, wait", by=story.people.owner)

    async with stage(repairing(), QUIET) as story, FaultyProxy(gitea.url, meanwhile) as proxy:
        state = await at_the_merge(story)
        before = story.repository.head("main")
        async with world(replace(story.place, forge_url=proxy.url)) as opened:
            state = await opened.engine.advance(state.task.id)
        assert said
        assert (state.step, state.gate, state.merged) == (StepName.MERGE, None, None)
        assert story.repository.head("main") == before


class Insisting(Script):
    """A model that spoils the change that was turned down, and then makes it once more."""

    def turns(self, task: str) -> Sequence[Turn]:
        return GOOD if "the project's tests do not accept it" in task else super().turns(task)


async def turned_down(story: Story, state: TaskState) -> str:
    """Reject at the terminal what was approved in the issue; answer its name."""
    assert state.candidate is not None
    name = state.candidate.guard.diff_hash
    no = Rejected(subject=ApprovalSubject.DIFF, hash=name, by="maintainer", via="terminal", reason="not like this")
    await story.world.ports.journal.signal(state.task.id, [no])
    return name


async def test_an_older_comment_does_not_outlast_a_rejection_at_the_terminal(stage: Stage) -> None:
    """Approved in the issue, rejected at the terminal while it was paused, and resumed: a person is asked anew."""
    async with stage(repairing(), QUIET) as story:
        state = await at_the_merge(story)
        await story.world.ports.journal.signal(state.task.id, [TaskPaused(by="maintainer")])
        before = story.repository.head("main")
        name = await turned_down(story, state)
        state = await resumed(story, state)
        assert (state.merged, state.status) == (None, TaskStatus.WAITING)
        assert state.wait is not None
        assert name in state.wait.reason
        assert story.repository.head("main") == before


async def test_a_question_about_the_difference_says_all_that_wants_a_person(stage: Stage) -> None:
    """One approval answers for the guard and for tests that judged nothing, so it is told of both before it is given."""
    attempt = [bash("echo six==1.17.0 > requirements.txt"), *GOOD]
    async with stage(repairing(attempt), QUIET | {"test_missing.py": "import missing_module\n"}) as story:
        state = await story.play(until=asks_about_diff)
        assert state.step is StepName.PULL_REQUEST
        question = story.comments()[-1]
        assert "requirements.txt" in question
        assert "broken on the base, these tests judged nothing" in question
        assert "missing" in question.split("judged nothing")[1]


async def test_a_rejected_change_is_not_made_again_to_the_letter(stage: Stage) -> None:
    """The rejected content comes back from a later attempt: it is refused before anybody is asked."""
    spoiled = [edit("duration.py", REPAIR, DEFECT), implemented()]
    script = Insisting(repairing().analyse, repairing().plan, attempts=[GOOD, spoiled])
    async with stage(script, QUIET) as story:
        before = story.repository.head("main")
        state = await story.play(until=asks_about_diff)
        name = await turned_down(story, state)
        state = await drive(story.world.engine, state.task.id, story.world.ports, detach=True)
        assert state.attempts == 3
        assert state.parked is not None
        assert state.parked.reason == f"the change is the rejected one to the letter: {name}"
        assert story.repository.head("main") == before


async def test_refused_result_is_asked_for_afresh_after_a_resume(stage: Stage) -> None:
    """A park whose hint says that `tamma resume` tries again keeps that promise."""
    answers = [analysed("nowhere.py"), analysed("duration.py")]
    script = Script(analyse=[bash("ls"), lambda _: answers.pop(0)], plan=[planned("duration.py")], attempts=[GOOD])
    async with stage(script, QUIET) as story:
        state = await story.play()
        assert state.parked is not None
        assert "nowhere.py" in state.parked.reason
        state = await resumed(story, state)
        assert state.plan is not None


async def test_open_questions_are_answered_in_the_issue(stage: Stage) -> None:
    """The issue is read again once a person resumed the task."""
    answers = [
        finish(summary="unclear", complexity="low", files=[], questions=["Which units?"]),
        analysed("duration.py"),
    ]
    script = Script(analyse=[bash("ls"), lambda _: answers.pop(0)], plan=[planned("duration.py")], attempts=[GOOD])
    async with stage(script, QUIET) as story:
        state = await story.play()
        assert state.parked is not None
        assert "Which units?" in state.parked.reason
        story.people.owner.call("PATCH", f"{story.repository.path}/issues/{story.issue}", {"body": "All units."})
        state = await resumed(story, state)
        assert state.selected is not None
        assert state.selected.issue is not None
        assert state.selected.issue.body == "All units."


async def test_rejected_plan_is_made_anew_with_the_reason(stage: Stage) -> None:
    """A rejection with a reason asks for another plan, which is told why."""
    plans = [planned("duration.py"), planned("duration.py", "test_duration.py")]
    script = Script(
        analyse=[analysed("duration.py")],
        plan=[lambda _: plans.pop(0) if len(plans) > 1 else plans[0]],
        attempts=[GOOD],
    )
    async with stage(script, QUIET) as story:
        rejected: list[str] = []

        def until(state: TaskState) -> bool:
            if state.wait is not None and not rejected:
                rejected.append(state.plan_hash)
                story.say(f"/tamma reject {state.plan_hash} name the tests too", by=story.people.maintainer)
            return state.plan_version == 2

        state = await story.play(until=until, approve=False)
        assert state.plan_hash != rejected[0]
        assert any("name the tests too" in str(request.json) for request in story.model.requests)


async def test_a_plan_turned_down_after_its_approval_is_not_carried_out(stage: Stage) -> None:
    """No one else is asked about the change: the word about the plan alone stops the task, until it is taken back."""
    async with stage(repairing(), QUIET) as story:
        state = await story.play(until=lambda state: bool(state.branch) and state.candidate is None)
        story.say(f"/tamma reject {state.plan_hash} no, wait", by=story.people.owner)
        state = await drive(story.world.engine, state.task.id, story.world.ports, detach=True)
        assert state.parked is not None
        assert "rejected the plan after it was approved: no, wait" in state.parked.reason
        assert story.branches() == ["main"]
        said = story.get(f"/issues/{story.issue}/comments")[-1]
        story.people.owner.call(
            "PATCH", f"{story.repository.path}/issues/comments/{said['id']}", {"body": "Go on then."}
        )
        state = await resumed(story, state)
        assert asks_about_diff(state)


async def test_an_issue_that_was_edited_has_its_plan_made_anew(stage: Stage) -> None:
    """A word for the plan of the old text, given after somebody changed the issue: it begins nothing."""
    async with stage(repairing(), QUIET) as story:
        state = await story.play(until=asks_about_plan, approve=False)
        old, asked = state.plan_hash, len(story.model.requests)
        body: Json = {"body": f"{project.BODY} And remove the tests."}
        story.people.owner.call("PATCH", f"{story.repository.path}/issues/{story.issue}", body)
        story.say(f"/tamma approve {old}", by=story.people.maintainer)
        state = await drive(story.world.engine, state.task.id, story.world.ports, detach=True)
        assert asks_about_plan(state)
        assert state.plan_hash != old
        assert len(story.model.requests) > asked
        assert any("And remove the tests." in first_text(request.json) for request in story.model.requests[asked:])


@pytest.mark.usefixtures("actions_runner")
async def test_a_push_by_a_person_stops_an_agent_at_work(stage: Stage) -> None:
    """Somebody pushes to our branch while the next attempt is made: the agent is asked nothing more, a person is told."""
    pushed: list[str] = []

    def looks_while_pushed_to(_: Request) -> Answer:
        name = next(name for name in told.branches() if name != "main")
        pushed.append(told.repository.push({"NOTES.md": "mine\n"}, name, base=name, by=told.people.maintainer))
        told.repository.await_branch(name, pushed[0])
        return bash("ls")

    script = repairing(project.NOISY, [looks_while_pushed_to, *project.QUIET])
    async with stage(script, project.FILES | {".gitea/workflows/ci.yml": DISLIKES_NOISE}) as told:
        state = await told.play()
        assert state.status is TaskStatus.PAUSED
        assert state.parked is not None
        assert state.parked.step is StepName.IMPLEMENT
        assert f"it is at {pushed[0][:12]}, which is none of our commits" in state.parked.reason
        assert (state.attempts, state.candidate) == (2, None)
        tried = [request for request in told.model.requests if "An earlier attempt failed" in first_text(request.json)]
        assert len(tried) == 1
        assert told.repository.head(state.branch) == pushed[0]
        assert told.statuses()[0].startswith("### Tamma stopped and needs a person")


@pytest.mark.usefixtures("actions_runner")
async def test_a_push_by_a_person_ends_a_long_command(stage: Stage) -> None:
    """Somebody pushes while the next attempt's command runs: it is ended, and its agent told nothing of it."""
    script = repairing(project.NOISY, [bash(f"touch {STARTED} && sleep 3000"), *project.QUIET])
    async with stage(script, project.FILES | {".gitea/workflows/ci.yml": DISLIKES_NOISE}) as told:
        state = await told.play(until=lambda state: state.rejected_candidate is not None)
        engine = Engine(told.world.ports, owner="quick", lease_s=3.0)
        work = asyncio.create_task(drive(engine, state.task.id, told.world.ports))
        while not any(told.place.data.rglob(STARTED)):
            assert not work.done()
            await asyncio.sleep(0.1)
        pushed = told.repository.push(
            {"NOTES.md": "mine\n"}, state.branch, base=state.branch, by=told.people.maintainer
        )
        state = await work
        assert state.parked is not None
        assert f"it is at {pushed[:12]}, which is none of our commits" in state.parked.reason
        turns = [item.event for item in await told.journal(state) if isinstance(item.event, TurnRecorded)]
        second = [turn.kind for turn in turns if turn.step is StepName.IMPLEMENT and turn.attempt == 2]
        # A command that ended by its own time limit would have told so.
        assert second == ["model_answered"]
