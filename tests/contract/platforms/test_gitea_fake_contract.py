"""The forge contract on the fake Gitea, through the real client and real HTTP."""

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from pydantic import SecretStr
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import ReviewVerdict
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.testing.platform_contract import PlatformContract
from tamma_core.testing.prepared_forge import PreparedForge
from tamma_platforms.gitea.client import GiteaOptions, GiteaPlatform
from tamma_platforms.testing import gitea_actions as actions
from tamma_platforms.testing import gitea_reviews as reviews
from tamma_platforms.testing.gitea_fake import GiteaFake, add_issue, add_label
from tamma_platforms.testing.gitea_state import FakeRepository
from tamma_platforms.testing.serving import serving

EVENTS = {
    ReviewVerdict.APPROVED: "APPROVED",
    ReviewVerdict.CHANGES_REQUESTED: "REQUEST_CHANGES",
    ReviewVerdict.COMMENTED: "COMMENT",
}


class FakePeople:
    """Act in the fake's memory."""

    def __init__(self, stored: FakeRepository, ref: RepositoryRef) -> None:
        self._stored = stored
        self._ref = ref

    async def push(self, branch: str, files: Mapping[str, str], *, on: str) -> Sha:
        return Sha(self._stored.push(branch, {path: text.encode() for path, text in files.items()}, on))

    async def open_issue(self, title: str, body: str, *, labels: tuple[str, ...] = ()) -> IssueRef:
        item = add_issue(self._stored, "maintainer", title, body)
        for name in labels:
            known = {label: number for number, label in self._stored.labels.items()}
            item.labels.append(known[name] if name in known else add_label(self._stored, name))
        return IssueRef(self._ref.forge, self._ref, str(item.number))

    async def report(self, sha: Sha, name: str, state: str) -> None:
        status = {"id": len(self._stored.statuses) + 1, "sha": sha, "context": name, "status": state}
        self._stored.statuses.append(status)

    async def review(self, number: int, verdict: ReviewVerdict, body: str) -> None:
        self._reviewed(number, EVENTS[verdict], body)

    async def remark(self, number: int, path: str, line: int, body: str) -> None:
        review = self._reviewed(number, "COMMENT", "")
        reviews.add_remark(self._stored, review, {"path": path, "new_position": line, "body": body})

    async def asked(self, number: int) -> Sequence[str]:
        return reviews.requested(self._stored.issues[number])

    async def add_ci(self, branch: str, said: str, *, on: str, held: bool = False, silent: bool = False) -> Sha:
        sha = await self.push(branch, {f"{actions.WORKFLOWS}/ci.yml": f"{said}\n"}, on=on)
        actions.start(self._stored, sha, held=held, silent=silent)
        return sha

    def _reviewed(self, number: int, state: str, body: str) -> dict[str, object]:
        item = self._stored.issues[number]
        assert item.pull_request is not None
        return reviews.add_review(item, "maintainer", state, body, self._stored.head_of(item.pull_request))


class TestGiteaFake(PlatformContract):
    """The fake, with a page size that the client does not ask for."""

    @pytest.fixture
    async def forge(self) -> AsyncIterator[PreparedForge]:
        stored = FakeRepository(owner="owner", name="project", writers={"maintainer", "bot"})
        stored.push("main", {"README.md": b"hello\n", "src/app.txt": b"1\n"}, None)
        fake = GiteaFake(tokens={"t0ken": "bot"}, repositories={"owner/project": stored}, max_items=7)
        ref = RepositoryRef("example", "owner/project")
        async with serving(fake.application()) as url:
            options = GiteaOptions(conflict_settle_s=0.3, branch_lag_s=0.5)
            platform = GiteaPlatform("example", base_url=url, token=SecretStr("t0ken"), options=options)
            await platform.initialize()
            yield PreparedForge(
                platform=platform,
                issues=platform,
                repository=ref,
                detour=RepositoryRef("example", "Owner/Project"),
                people=FakePeople(stored, ref),
                writer="maintainer",
                stranger="stranger",
            )
            await platform.dispose()
