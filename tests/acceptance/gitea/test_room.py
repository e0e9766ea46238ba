"""No more pull requests of ours are open in a repository than its rules allow."""

import pytest
from msgspec.structs import replace
from rehearsal import project
from rehearsal.story import Stage
from rehearsal.world import SETTINGS
from tamma_core.domain.events import WaitFor
from tamma_core.domain.rules import Rules
from tamma_core.domain.state import TaskState
from tamma_core.engine.engine import drive

pytestmark = pytest.mark.timeout(300)
QUIET = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea")}
ONE = replace(SETTINGS, rules=Rules(open_pull_requests=1))


async def test_a_task_waits_until_there_is_room(stage: Stage) -> None:
    """Counted on the forge before anything is pushed: one of ours fills the repository, one of a person does not."""
    async with stage(project.repairing(), QUIET) as story:
        for name, account in (("ours", story.people.bot), ("theirs", story.people.maintainer)):
            story.repository.push({f"{name}.md": "x\n"}, name, by=account)
            story.repository.create_pull_request(name, by=account)
        numbers = {pull["head"]["ref"]: pull["number"] for pull in story.get("/pulls?state=open")}

        def until(state: TaskState) -> bool:
            return state.wait is not None and state.wait.wait_for is WaitFor.ROOM

        state = await story.play(settings=ONE, until=until)
        assert state.wait is not None
        assert state.wait.reason == f"1 pull requests of ours are open, of 1 that the rules allow: #{numbers['ours']}"
        assert story.branches() == ["main", "ours", "theirs"]
        path = f"{story.repository.path}/pulls/{numbers['ours']}"
        story.people.owner.call("PATCH", path, {"state": "closed"})
        state = await drive(story.world.engine, state.task.id, story.world.ports, detach=True)
        assert state.pull_request is not None, state.wait
