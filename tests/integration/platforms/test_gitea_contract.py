"""The forge contract on a real Gitea, through a bot without administrator rights."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr
from services.actions_runner import ActionsRunner, lose_job
from services.gitea import Gitea, People
from services.gitea_account import Json
from services.gitea_repository import Repository
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import ReviewVerdict
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.testing.platform_contract import PlatformContract
from tamma_core.testing.prepared_forge import PreparedForge
from tamma_platforms.gitea.client import GiteaOptions, GiteaPlatform
from tamma_platforms.http.fields import Fields

if TYPE_CHECKING:
    from services.fixtures import NewRepository

pytest_plugins = ["services.fixtures"]

EVENTS = {
    ReviewVerdict.APPROVED: "APPROVED",
    ReviewVerdict.CHANGES_REQUESTED: "REQUEST_CHANGES",
    ReviewVerdict.COMMENTED: "COMMENT",
}


WORKFLOW = """\
on: [push, workflow_dispatch]
jobs:
  test:
    runs-on: {label}
    steps:
      - run: echo "{said}"; exit 1
"""


class GiteaPeople:
    """Act by Gitea's API and git as the owner and the maintainer."""

    def __init__(self, gitea: Gitea, repository: Repository, people: People, ref: RepositoryRef) -> None:
        self._gitea = gitea
        self._repository = repository
        self._people = people
        self._ref = ref
        self._labels: dict[str, int] = {}

    async def push(self, branch: str, files: Mapping[str, str], *, on: str) -> Sha:
        sha = self._repository.push(dict(files), branch, on)
        self._repository.await_branch(branch, sha)
        return Sha(sha)

    async def open_issue(self, title: str, body: str, *, labels: tuple[str, ...] = ()) -> IssueRef:
        for name in labels:
            self._labels.setdefault(name, 0)
            self._labels[name] = self._labels[name] or self._repository.add_label(name)
        ids = [self._labels[name] for name in labels]
        number = self._repository.create_issue(title, body, ids, by=self._people.maintainer)
        return IssueRef(self._ref.forge, self._ref, str(number))

    async def report(self, sha: Sha, name: str, state: str) -> None:
        body: Json = {"context": name, "state": state}
        self._people.owner.call("POST", f"{self._repository.path}/statuses/{sha}", body)

    async def review(self, number: int, verdict: ReviewVerdict, body: str) -> None:
        self._send(number, {"event": EVENTS[verdict], "body": body})

    async def remark(self, number: int, path: str, line: int, body: str) -> None:
        remark: Json = {"path": path, "body": body, "new_position": line}
        self._send(number, {"event": "COMMENT", "body": "", "comments": [remark]})

    async def asked(self, number: int) -> Sequence[str]:
        reviews = self._people.owner.call("GET", f"{self._repository.path}/pulls/{number}/reviews")
        assert isinstance(reviews, list)
        fields = (Fields(review, "review") for review in reviews)
        return [one.fields("user").text("login") for one in fields if one.text("state") == "REQUEST_REVIEW"]

    async def add_ci(self, branch: str, said: str, *, on: str, held: bool = False, silent: bool = False) -> Sha:
        label = "held" if held else "lost" if silent else "ubuntu-latest"
        text = WORKFLOW.format(label=label, said=said)
        sha = await self.push(branch, {".gitea/workflows/ci.yml": text}, on=on)
        if silent:
            await lose_job(self._gitea.url, self._gitea.runner_token(), label)
        return sha

    def _send(self, number: int, review: Json) -> None:
        self._people.maintainer.call("POST", f"{self._repository.path}/pulls/{number}/reviews", review)


class TestGitea(PlatformContract):
    """The real Gitea."""

    @pytest.fixture
    async def forge(
        self, gitea: Gitea, people: People, new_repository: NewRepository, actions_runner: ActionsRunner
    ) -> AsyncIterator[PreparedForge]:
        del actions_runner  # it only has to run
        made = new_repository({"README.md": "hello\n", "src/app.txt": "1\n"})
        ref = RepositoryRef("example", f"{made.owner.name}/{made.name}")
        platform = GiteaPlatform(
            "example",
            base_url=gitea.url,
            token=SecretStr(people.bot.token),
            options=GiteaOptions(conflict_settle_s=1.5, branch_lag_s=1.0),
        )
        await platform.initialize()
        yield PreparedForge(
            platform=platform,
            issues=platform,
            repository=ref,
            detour=RepositoryRef("example", ref.path.upper()),
            people=GiteaPeople(gitea, made, people, ref),
            writer=people.maintainer.name,
            stranger=people.stranger.name,
        )
        await platform.dispose()
