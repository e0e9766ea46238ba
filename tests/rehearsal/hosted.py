"""A story on the fake forge, which keeps its repository in git: whole tasks up to a merge, in seconds."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from tamma_core.domain import events as ev
from tamma_core.domain.ids import TaskId
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import TaskSettings
from tamma_core.engine.engine import drive
from tamma_core.ports.egress import Egress
from tamma_platforms.testing.gitea_fake import GiteaFake, add_issue
from tamma_platforms.testing.gitea_state import FakeCommit, FakeRepository
from tamma_platforms.testing.serving import serving as serving_forge
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.replies import Respond
from tamma_providers.testing.serving import serving as serving_model

from rehearsal import project
from rehearsal.story import Until, asks_about_diff, asks_about_plan
from rehearsal.world import SETTINGS, Place, World, world

OnState = Callable[[TaskState], Awaitable[None]]
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{role}_{what}": "seed" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


class Enough(Exception):
    """Say that a story has been told as far as it matters."""


@dataclass
class Hosted:
    """Hold a fake forge with a bare repository behind it."""

    fake: GiteaFake
    stored: FakeRepository
    root: Path

    @property
    def slug(self) -> str:
        """Answer `owner/name`."""
        return f"{self.stored.owner}/{self.stored.name}"

    def application(self) -> Starlette:
        """Serve the API, and git by its smart protocol beside it."""
        git = Route("/{owner}/{name}.git/{rest:path}", self._serve, methods=["GET", "POST"])
        return Starlette(routes=[git, Mount("/", self.fake.application())])

    def begin(self, files: Mapping[str, str]) -> None:
        """Make the repository with one commit."""
        self._git("init", "-q", "--bare", "-b", "main", str(self._bare))
        self._in_repository("config", "http.receivepack", "true")
        self.push(files)

    def push(self, files: Mapping[str, str]) -> None:
        """Commit files to the base as somebody else would."""
        seed = self.root / "seed"
        for name, text in files.items():
            (seed / name).parent.mkdir(parents=True, exist_ok=True)
            (seed / name).write_text(text)
        self._in_repository("--work-tree", str(seed), "add", "-A")
        self._in_repository("--work-tree", str(seed), "commit", "-qm", "more")
        self.show()

    def show(self) -> None:
        """Show on the forge what is in the repository."""
        heads = self._in_repository("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)")
        self.stored.branches = {name: sha for sha, name in (line.split() for line in heads.splitlines())}
        for line in self._in_repository("rev-list", "--all", "--parents").splitlines():
            sha, *parents = line.split()
            if sha not in self.stored.commits:
                self.stored.commits[sha] = FakeCommit(sha, tuple(parents), self._files(sha))

    @property
    def _bare(self) -> Path:
        return self.root / f"{self.slug}.git"

    def _files(self, sha: str) -> dict[str, bytes]:
        names = self._in_repository("ls-tree", "-r", "-z", "--name-only", sha).split("\0")
        return {name: self._in_repository("show", f"{sha}:{name}").encode() for name in names if name}

    def _in_repository(self, *arguments: str) -> str:
        return self._git("--git-dir", str(self._bare), *arguments)

    def _git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], env=_ENVIRONMENT, check=True, capture_output=True, text=True).stdout

    async def _serve(self, request: Request) -> Response:
        body = await request.body()
        asked = {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "bot",
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.url.path,
            "QUERY_STRING": request.url.query,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        }
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            "git", "http-backend", env=_ENVIRONMENT | asked, stdin=pipe, stdout=pipe
        )
        said, _ = await process.communicate(body)
        head, _, content = said.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.show()
        return Response(content, int(fields.pop("Status", "200").split()[0]), fields)


@dataclass
class HostedStory:
    """Hold who and what takes part."""

    world: World
    forge: Hosted
    model: ScriptedAnthropic
    issue: int
    on_state: list[OnState] = field(default_factory=list)
    """Who looks at each state, and may do what people do."""

    async def play(
        self, settings: TaskSettings = SETTINGS, task: TaskId | None = None, approves: Until = lambda _: True
    ) -> TaskState:
        """Drive a task to its end or until somebody has seen enough; what waits for approval is approved at the terminal."""
        task = task or await self.world.submit(self.forge.slug, self.issue, settings)

        async def look(state: TaskState) -> None:
            for one in self.on_state:
                await one(state)
            if approves(state):
                await self._approve(state)

        try:
            return await drive(self.world.engine, task, self.world.ports, on_state=look)
        except Enough:
            return await self.world.engine.state(task)

    async def _approve(self, state: TaskState) -> None:
        subject, name = ev.ApprovalSubject.PLAN, state.plan_hash
        if asks_about_diff(state):
            subject, name = ev.ApprovalSubject.DIFF, state.diff_question
        elif not asks_about_plan(state):
            return
        said = ev.Approved(subject=subject, hash=name, by="ada", via="cli")
        await self.world.ports.journal.signal(state.task.id, [said])

    async def journal(self, state: TaskState) -> list[ev.Event]:
        """List everything that happened to a task."""
        return [item.event for item in await self.world.ports.journal.read(state.task.id)]


@asynccontextmanager
async def hosting(
    data: Path,
    respond: Respond,
    files: Mapping[str, str] = project.FILES,
    title: str = project.TITLE,
    body: str = project.BODY,
    egress: Egress | None = None,
) -> AsyncIterator[HostedStory]:
    """Set a story up; everything of it is gone afterwards."""
    stored = FakeRepository(owner="owner", name="project", writers={"ada", "bot"})
    issue = add_issue(stored, "ada", title, body)
    forge = Hosted(GiteaFake(tokens={"t0ken": "bot"}, repositories={"owner/project": stored}), stored, data / "forge")
    forge.begin(files)
    model = ScriptedAnthropic(respond)
    async with serving_forge(forge.application()) as forge_url, serving_model(model.app) as model_url:
        place = Place(data=data, forge_url=forge_url, forge_token="t0ken", model_url=model_url)
        async with world(place, egress=egress) as opened:
            yield HostedStory(opened, forge, model, issue.number)
