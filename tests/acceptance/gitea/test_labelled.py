"""A label put on our pull request begins runs of its own at the same head: what they skip or pass hides no red of it."""

import pytest
from acceptance.gitea.test_other_pull_requests import runs, until
from rehearsal import project
from rehearsal.story import Stage, Story, with_limits
from tamma_core.domain.events import TaskResumed
from tamma_core.domain.task import TaskStatus
from tamma_core.engine.engine import drive

pytestmark = [pytest.mark.timeout(250), pytest.mark.usefixtures("actions_runner")]
LINT = (
    "name: lint\non: [pull_request]\njobs:\n  lint:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo fine\n"
)
RED = """name: ci
on:
  pull_request:
    types: [opened, synchronize, labeled]
jobs:
  test:
    runs-on: ubuntu-latest
    JOB
    steps:
      - run: exit 1
        STEP
"""
WHEN = "if: github.event.action != 'label_updated'"  # as Gitea calls it
SKIPPING = {
    "skipped job": RED.replace("JOB", WHEN).replace("        STEP\n", ""),
    "skipped step": RED.replace("    JOB\n", "").replace("STEP", WHEN),
}


def put_label(story: Story, number: int) -> None:
    """Put a label on, as a maintainer."""
    owner, path = story.people.owner, story.repository.path
    owner.call("POST", f"{path}/labels", {"name": "wanted", "color": "#00aabb"})
    owner.call("POST", f"{path}/issues/{number}/labels", {"labels": ["wanted"]})


@pytest.mark.parametrize("how", SKIPPING)
async def test_a_label_hides_no_red(stage: Stage, how: str) -> None:
    """Parked on red, labelled and resumed: it is as red as before, though the label's own run is not."""
    files = project.FILES | {".gitea/workflows/ci.yml": SKIPPING[how], ".gitea/workflows/lint.yml": LINT}
    async with stage(project.repairing(), files) as story:
        state = await story.play(settings=with_limits(attempts=1))
        assert (state.status, state.merged) == (TaskStatus.PAUSED, None)
        assert state.pull_request is not None
        ended = len(runs(story, state))
        put_label(story, state.pull_request.number)

        def labelled() -> bool:
            shown = runs(story, state)
            return len(shown) > ended and all(status == "completed" for _, status, _ in shown)

        await until(labelled)
        await story.world.ports.journal.signal(state.task.id, [TaskResumed(by="maintainer")])
        state = await drive(story.world.engine, state.task.id, story.world.ports)
        assert (state.status, state.merged) == (TaskStatus.PAUSED, None)
