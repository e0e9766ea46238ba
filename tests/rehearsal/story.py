"""A story on a real Gitea: a repository with an issue, people, and an engine between a scripted model and the forge."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from msgspec.structs import replace
from services.gitea import Gitea, People
from services.gitea_account import Account
from services.gitea_repository import Files, Repository
from tamma_core.domain.events import Recorded, WaitFor
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskSettings
from tamma_core.engine.engine import drive
from tamma_core.engine.publisher import STATUS_MARKER
from tamma_core.guards.policy import GuardPolicy
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.serving import serving

from rehearsal import project
from rehearsal.script import Script
from rehearsal.world import GUARD, SETTINGS, Place, World, world

Until = Callable[[TaskState], bool]


class _Enough(Exception):
    def __init__(self, state: TaskState) -> None:
        super().__init__(state.status)
        self.state = state


@dataclass
class Story:
    """Hold who and what takes part."""

    world: World
    repository: Repository
    people: People
    issue: int
    model: ScriptedAnthropic
    place: Place
    seen: list[TaskState] = field(default_factory=list)

    @property
    def slug(self) -> str:
        """Answer `owner/name`."""
        return f"{self.people.owner.name}/{self.repository.name}"

    async def play(
        self, *, until: Until = lambda _: False, settings: TaskSettings = SETTINGS, approve: bool = True
    ) -> TaskState:
        """Drive a new task to its end, or until enough is seen; the maintainer approves each plan in the issue."""
        task = await self.world.submit(self.slug, self.issue, settings)
        approved: set[str] = set()

        async def on_state(state: TaskState) -> None:
            self.seen.append(state)
            if approve and asks_about_plan(state) and state.plan_hash not in approved:
                approved.add(state.plan_hash)
                self.say(f"Looks right.\n\n/tamma approve {state.plan_hash}", self.people.maintainer)
            if until(state):
                raise _Enough(state)

        try:
            return await drive(self.world.engine, task, self.world.ports, on_state=on_state)
        except _Enough as enough:
            return enough.state

    def say(self, text: str, by: Account) -> None:
        """Comment on the issue as somebody."""
        self.repository.comment(self.issue, text, by=by)

    def get(self, path: str) -> Any:
        """Read something of the repository, as its owner."""
        return self.people.owner.call("GET", f"{self.repository.path}{path}")

    def comments(self) -> list[str]:
        """List what our bot said in the issue, but for how it stands."""
        return [body for body in self._said() if STATUS_MARKER not in body]

    def statuses(self) -> list[str]:
        """List our comments on how the issue stands; there is never more than one."""
        return [body for body in self._said() if STATUS_MARKER in body]

    def _said(self) -> list[str]:
        found = self.get(f"/issues/{self.issue}/comments")
        return [item["body"] for item in found if item["user"]["login"] == self.people.bot.name]

    def branches(self) -> list[str]:
        """List the branches on the forge."""
        return sorted(item["name"] for item in self.get("/branches"))

    def file(self, path: str, ref: str = "main") -> str:
        """Read a file on the forge."""
        answer = self.people.owner.request("GET", f"{self.repository.path}/raw/{path}?ref={ref}")
        assert answer.is_success, answer.text
        return answer.text

    async def journal(self, state: TaskState) -> list[Recorded]:
        """List everything that happened to a task."""
        return list(await self.world.ports.journal.read(state.task.id))


def asks_about_plan(state: TaskState) -> bool:
    """Tell whether a task waits for the approval of its plan."""
    waits = state.wait is not None and state.wait.wait_for is WaitFor.APPROVAL
    return waits and state.step is StepName.APPROVE


def asks_about_diff(state: TaskState) -> bool:
    """Tell whether a task waits for a person to look at its difference."""
    waits = state.wait is not None and state.wait.wait_for is WaitFor.APPROVAL
    return waits and state.step is not StepName.APPROVE


class Stage(Protocol):
    """Set a story up; everything of it is gone afterwards."""

    def __call__(
        self, script: Script, files: Files = ..., title: str = ..., body: str = ...
    ) -> AbstractAsyncContextManager[Story]:
        """Begin."""
        ...


def stage_on(
    gitea: Gitea,
    people: People,
    new_repository: Callable[[Files], Repository],
    data: Path,
    *,
    guard: GuardPolicy = GUARD,
) -> Stage:
    """Answer how to set stories up on this forge."""

    @asynccontextmanager
    async def stage(
        script: Script, files: Files = project.FILES, title: str = project.TITLE, body: str = project.BODY
    ) -> AsyncIterator[Story]:
        repository = new_repository(files)
        repository.admit(people.maintainer, people.bot)
        issue = repository.create_issue(title, body)
        model = ScriptedAnthropic(script)
        async with serving(model.app) as model_url:
            place = Place(data=data, forge_url=gitea.url, forge_token=people.bot.token, model_url=model_url)
            async with world(place, guard=guard) as opened:
                yield Story(opened, repository, people, issue, model, place)

    return stage


def with_limits(**changes: Any) -> TaskSettings:
    """Answer the settings of stories with other limits."""
    return replace(SETTINGS, limits=replace(SETTINGS.limits, **changes))
