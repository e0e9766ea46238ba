"""A repository's own rules on a real forge: from its base branch, and stricter only."""

import pytest
from rehearsal import project
from rehearsal.project import GOOD
from rehearsal.script import bash
from rehearsal.story import Stage, Story, asks_about_diff, with_limits
from rehearsal.world import SETTINGS
from tamma_core.domain.events import PolicyRead, TaskPaused, TaskResumed
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.engine.engine import drive

pytestmark = pytest.mark.timeout(300)
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}
FILE = ".tamma/policy.yaml"


def ruled(text: str, name: str = FILE) -> dict[str, str]:
    """Answer a repository without continuous integration, with rules."""
    return QUIET | {name: text}


async def resumed(story: Story, state: TaskState) -> TaskState:
    """Let the task go on until it waits or stops."""
    await story.world.ports.journal.signal(state.task.id, [TaskResumed(by="maintainer")])
    return await drive(story.world.engine, state.task.id, story.world.ports, detach=True)


async def test_a_protected_file_is_for_a_person(stage: Stage) -> None:
    """The rules of the base are journaled, and a change of what they protect is asked about before the first push."""
    async with stage(project.repairing(), ruled("protectedPaths: [duration.py]\nattempts: 2\ncostUsd: 99\n")) as story:
        state = await story.play(until=asks_about_diff)
        assert state.wait is not None
        assert "protected_path: duration.py" in state.wait.reason
        assert story.branches() == ["main"]
        assert state.settings.limits.attempts == 2
        assert state.settings.limits.cost_usd == SETTINGS.limits.cost_usd
        read = [item.event for item in await story.journal(state) if isinstance(item.event, PolicyRead)]
        assert [event.base_sha for event in read] == [story.repository.head("main")]


async def test_nobody_can_approve_what_is_not_allowed(stage: Stage) -> None:
    """A change outside of the allowed paths is refused, not asked about."""
    async with stage(project.repairing(), ruled("allowedPaths: ['*.md']\n")) as story:
        state = await story.play()
        assert state.parked is not None
        assert "outside_paths: duration.py" in state.parked.reason
        assert story.branches() == ["main"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (FILE, "attempts: 2\ncostsUsd: 1\n", f"`{FILE}`, line 2: `costsUsd` is not a known key"),
        (FILE, "a: [\n", f"`{FILE}`, line 2"),
        (FILE, "costUsd: 1\n" + "#" * 70_000, f"`{FILE}` is larger than 64 KiB"),
        (".tamma/policy.yml", "costUsd: 1\n", f"read from `{FILE}` alone"),
        (".Tamma.yaml", "costUsd: 1\n", f"read from `{FILE}` alone"),
    ],
)
async def test_rules_that_cannot_be_used_stop_the_task(stage: Stage, name: str, text: str, reason: str) -> None:
    """No model is asked before the file is mended on the base, and then the task goes on."""
    async with stage(project.repairing(), ruled(text, name)) as story:
        state = await story.play()
        assert state.parked is not None
        assert reason in state.parked.reason
        assert not story.model.requests
        story.repository.push({name: None}, "main")
        state = await resumed(story, state)
        assert state.step is StepName.APPROVE
        assert state.status is TaskStatus.WAITING


async def test_only_the_named_approve(stage: Stage) -> None:
    """Write access is not enough where the rules name somebody; nor is a flag."""
    settings = with_limits()
    async with stage(project.repairing(), ruled("approvers: [OWNER]\n")) as story:
        file = f"approvers: [{story.people.owner.name.upper()}, {story.people.stranger.name}]\n"
        story.repository.push({FILE: file}, "main")

        def until(state: TaskState) -> bool:
            if state.step is StepName.APPROVE and state.wait is not None:
                words = {"stranger": story.people.stranger, "maintainer": story.people.maintainer}
                for account in words.values():
                    story.say(f"/tamma approve {state.plan_hash}", account)
            return len([one for one in story.seen if one.step is StepName.APPROVE]) > 3

        state = await story.play(until=until, settings=settings, approve=False)
        assert state.plan_approval is None
        lines = [line.text async for line in story.world.ports.log.follow(state.task.id, until_idle=True)]
        assert any("who may not approve by the rules" in line for line in lines)
        assert any("who may not write here" in line for line in lines)
        story.say(f"/tamma approve {state.plan_hash}", story.people.owner)
        state = await drive(story.world.engine, state.task.id, story.world.ports, detach=True)
        assert state.plan_approval is not None
        assert state.plan_approval.by == story.people.owner.name


async def test_nobody_puts_an_approval_into_the_words_of_others(stage: Stage) -> None:
    """Who may write may edit the comment of a named approver, on Gitea; what was edited approves nothing."""
    async with stage(project.repairing(), QUIET) as story:
        story.repository.push({FILE: f"approvers: [{story.people.owner.name}]\n"}, "main")
        story.say("I will look at this next week.", story.people.owner)
        (said,) = story.get(f"/issues/{story.issue}/comments")
        target = f"{story.repository.path}/issues/comments/{said['id']}"

        def until(state: TaskState) -> bool:
            if state.step is StepName.APPROVE and state.wait is not None:
                story.people.maintainer.call("PATCH", target, {"body": f"/tamma approve {state.plan_hash}"})
            return len([one for one in story.seen if one.step is StepName.APPROVE]) > 3

        state = await story.play(until=until, approve=False)
        assert state.plan_approval is None
        lines = [line.text async for line in story.world.ports.log.follow(state.task.id, until_idle=True)]
        assert any("in a comment that was edited" in line for line in lines)


async def test_as_many_approve_as_demanded_and_it_is_merged_as_demanded(stage: Stage) -> None:
    """One word is not two; the second lets it through, as one commit."""
    async with stage(project.repairing(), ruled("requiredApprovals: 2\nmergeMethod: squash\n")) as story:
        said: list[str] = []

        def until(state: TaskState) -> bool:
            if asks_about_diff(state) and state.wait is not None:
                people = [story.people.maintainer, story.people.owner]
                if "1 of 2" in state.wait.reason:
                    people = people[1:]
                if state.wait.reason not in said:
                    said.append(state.wait.reason)
                    story.say(f"/tamma approve {state.diff_question}", people[0])
            return False

        state = await story.play(until=until)
        assert state.status is TaskStatus.COMPLETED, state.parked
        assert len(said) == 2
        assert {approval.by for approval in state.diff_approvals} == {
            story.people.maintainer.name,
            story.people.owner.name,
        }
        tip = story.get("/commits?sha=main&limit=1")[0]
        assert len(tip["parents"]) == 1


async def test_stricter_rules_of_meanwhile_count(stage: Stage) -> None:
    """The gate passed under no rules, then the base got some: what was approved by others is asked about anew."""
    async with stage(project.repairing(), QUIET) as story:

        def until(state: TaskState) -> bool:
            if asks_about_diff(state):
                story.say(f"/tamma approve {state.diff_question}", by=story.people.maintainer)
            return state.gate is not None

        state = await story.play(until=until)
        await story.world.ports.journal.signal(state.task.id, [TaskPaused(by="maintainer")])
        rules = f"protectedPaths: [duration.py]\napprovers: [{story.people.owner.name}]\n"
        tip = story.repository.push({FILE: rules}, "main")
        state = await resumed(story, state)
        assert state.merged is None
        assert story.repository.head("main") == tip
        assert state.status is TaskStatus.WAITING
        assert state.step is StepName.APPROVE
        story.say(f"/tamma approve {state.plan_hash}", by=story.people.owner)
        state = await drive(story.world.engine, state.task.id, story.world.ports, detach=True)
        assert asks_about_diff(state)
        story.say(f"/tamma approve {state.diff_question}", by=story.people.owner)
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        assert state.status is TaskStatus.COMPLETED, state.parked


async def test_the_agent_changes_no_rules(stage: Stage) -> None:
    """What the agent writes into its tree is not read, and goes to a person before anybody else sees it."""
    loosening = [bash("mkdir -p .tamma; printf 'costUsd: 99\\n' > .tamma/policy.yaml"), *GOOD]
    async with stage(project.repairing(loosening), ruled("costUsd: 2\nrequiredApprovals: 1\n")) as story:
        state = await story.play(until=asks_about_diff)
        assert state.wait is not None
        assert f"policy: {FILE}" in state.wait.reason
        assert state.settings.limits.cost_usd == 2
        assert state.settings.rules.required_approvals == 1
        assert story.branches() == ["main"]
