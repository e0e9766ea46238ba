"""What a wrong patch is, who has to stop it, and with which reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import msgspec
from msgspec.structs import replace
from rehearsal import project
from rehearsal.project import DEFECT, LAST_TEST, NEW_TEST, REPAIR
from rehearsal.script import Turn, bash, edit, implemented
from rehearsal.story import Story, asks_about_diff
from rehearsal.world import SETTINGS
from services.gitea_repository import Files
from tamma_core.domain.events import WaitFor
from tamma_core.domain.record import Record
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import TaskSettings


class StoppedBy(StrEnum):
    """Name who stops a wrong patch, in the order in which they look."""

    PLAN = "approval of the plan"
    AGENT = "end of the agent's work"
    REFUSED = "diff guard, refused"
    TESTS = "our run of the tests"
    REVIEW = "self-review"
    GUARD = "diff guard, for a person"
    GATE = "merge gate"


Event = Callable[["Scene", TaskState], None]
"""What somebody does on the forge, looked at after each step of the engine."""


@dataclass
class Scene:
    """Hold the story of one case and what its events have done."""

    story: Story
    base: str
    """Where the base branch has to be in the end."""
    done: set[str] = field(default_factory=set)

    def once(self, name: str, *, when: bool) -> bool:
        """Tell whether it is time for something that happens only once."""
        if not when or name in self.done:
            return False
        self.done.add(name)
        return True

    def move_base(self, files: Files) -> None:
        """Push to the base branch as its owner."""
        self.base = self.story.repository.push(files, "main")

    def report(self, sha: str, state: Literal["success", "failure", "pending"], name: str = "ci/test") -> None:
        """Report a check at a commit, as continuous integration elsewhere does."""
        path = f"{self.story.repository.path}/statuses/{sha}"
        self.story.people.owner.call("POST", path, {"state": state, "context": name})


def believing(scene: Scene, state: TaskState) -> None:
    """Be a continuous integration that is content with everything: what it is shown, nothing else stops."""
    shown = state.pull_request
    if shown is not None and state.candidate is not None and shown.head_sha == state.candidate.sha:
        sha = shown.head_sha
        if scene.once(f"green {sha}", when=True):
            scene.report(sha, "success")


def silent(scene: Scene, state: TaskState) -> None:
    """Be a continuous integration that never says anything."""
    assert scene.base
    assert state.task.id


# Its checks are posted by the test, so that a story needs no runner.
QUIET: dict[str, str] = {name: text for name, text in project.FILES.items() if not name.startswith(".gitea/")} | {
    ".woodpecker.yml": "steps:\n  test:\n    image: python\n    commands: [python3 -m unittest]\n"
}
ONE_ATTEMPT = replace(
    SETTINGS,
    limits=replace(SETTINGS.limits, attempts=1),
    approve_plan_automatically=True,
    poll_s=0.2,
    ci_timeout_s=60.0,
)


class Case(Record, frozen=True, kw_only=True):
    """Hold one wrong patch: what the model and others do, and what has to come of it."""

    name: str
    does: str
    stopped: StoppedBy
    reason: str
    """Found in the reason that people are told, as a regular expression."""
    attempts: Sequence[Sequence[Turn]]
    rules: frozenset[str] = frozenset()
    """What the diff guard has to say of the candidate, whoever stops it."""
    named: Sequence[str] = ("duration.py", "test_duration.py")
    """The files that the analysis and the plan name."""
    files: Files = msgspec.field(default_factory=lambda: QUIET)
    files_then: Files = msgspec.field(default_factory=dict)
    """What a second commit of the base brings."""
    review: Sequence[Turn] = ()
    ci: Event = believing
    event: Event = silent
    settings: TaskSettings = ONE_ATTEMPT
    variables: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What continuous integration knows and the repository does not."""
    needs_runner: bool = False
    enough: Callable[[TaskState], bool] = asks_about_diff
    """Ends a story that would go on waiting."""
    after: Event = silent
    """Looks at the forge once more in the end."""
    pushed: bool = False
    """Whether an earlier version had been pushed; what the gate stops always had."""
    approves: bool = False
    """Whether the maintainer approves each plan as soon as it is shown."""


def repaired(*further: Turn) -> Sequence[Turn]:
    """Repair the defect well, and do something more."""
    return [edit("test_duration.py", LAST_TEST, NEW_TEST), edit("duration.py", DEFECT, REPAIR), *further, implemented()]


def making(*turns: Turn) -> Sequence[Turn]:
    """Do just this."""
    return [*turns, implemented()]


def write(path: str, text: str) -> Turn:
    """Make a file or replace it."""
    return bash(f"mkdir -p \"$(dirname '{path}')\" && cat > '{path}' <<'END_OF_FILE'\n{text}\nEND_OF_FILE")


def waits_for(what: WaitFor) -> Callable[[TaskState], bool]:
    """Tell whether a task waits for something of this kind."""
    return lambda state: state.wait is not None and state.wait.wait_for is what
