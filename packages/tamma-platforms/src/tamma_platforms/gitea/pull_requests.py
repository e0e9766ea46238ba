"""Pull requests, their checks and reviews on Gitea."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace
from tamma_core.domain.errors import (
    AlreadyExists,
    InvalidInput,
    NotFound,
    TammaError,
    Unavailable,
)
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    Check,
    PullRequest,
    PullRequestDraft,
    PullRequestState,
    PullRequestStatus,
    PullRequestUpdate,
)
from tamma_core.domain.repository import RepositoryRef
from tamma_core.ports.tape import replaying

from tamma_platforms.gitea import actions_reading, reading, wire
from tamma_platforms.gitea.actions import GiteaActions
from tamma_platforms.gitea.api import GiteaApi
from tamma_platforms.gitea.labels import add_labels
from tamma_platforms.gitea.mergeability import ConflictWatch
from tamma_platforms.http.call import Call

_LAG_POLL_S = 0.25


class GiteaPullRequests(GiteaActions):
    """Open, read and change pull requests."""

    _api: GiteaApi
    _watch: ConflictWatch
    _lag_s: float

    async def create_pull_request(self, repository: RepositoryRef, draft: PullRequestDraft) -> PullRequest:
        """Find the open pull request from head to base, or create it."""
        found = await self._find_open(repository, draft)
        if found is None:
            found = await self._create(repository, draft)
        if draft.labels:
            await add_labels(self._api, repository, found.number, draft.labels)
        return found

    async def find_pull_request(self, repository: RepositoryRef, *, head: str, base: str) -> PullRequest | None:
        """Answer the newest pull request from our head to the base in any state, or none."""
        listed = wire.list_pull_requests(repository, base=base, state="all")
        async for value in self._api.each(listed):
            if reading.comes_from(value, head):
                return self._judged(value, repository)
        return None

    async def list_open_pull_requests(self, repository: RepositoryRef) -> Sequence[PullRequest]:
        """List the open pull requests of all accounts, all pages; whether they can be merged may be unknown."""
        listed = wire.list_pull_requests(repository, state="open")
        return [reading.read_pull_request(value, repository) async for value in self._api.each(listed)]

    async def get_pull_request(self, repository: RepositoryRef, number: int) -> PullRequest:
        """Answer a pull request; raise `NotFound`."""
        return self._judged(await self._raw(repository, number), repository)

    async def update_pull_request(
        self, repository: RepositoryRef, number: int, update: PullRequestUpdate
    ) -> PullRequest:
        """Change a pull request and answer it as it then is."""
        await self._api.call(wire.update_pull_request(repository, number, update))
        return await self.get_pull_request(repository, number)

    async def get_pr_status(self, repository: RepositoryRef, number: int) -> PullRequestStatus:
        """Gather checks, reviews and mergeability at the present head, all pages."""
        pull_request = await self.get_pull_request(repository, number)
        checks = await self._checks(repository, pull_request.head_sha, number)
        reviews = [review async for review in self._api.each(wire.list_reviews(repository, number))]
        return PullRequestStatus(
            head_sha=pull_request.head_sha,
            checks=tuple(checks),
            reviews=reading.read_reviews(reviews),
            mergeable=pull_request.mergeable,
        )

    async def get_checks(self, repository: RepositoryRef, sha: Sha) -> Sequence[Check]:
        """List the newest result of each status and of each run of Actions at one commit, all pages."""
        return await self._checks(repository, sha, None)

    async def _checks(self, repository: RepositoryRef, sha: Sha, number: int | None) -> Sequence[Check]:
        """Leave out what runs of other pull requests say at the same commit, under the same names."""
        statuses = [status async for status in self._api.each(wire.list_statuses(repository, sha))]
        runs, others = actions_reading.told_apart(await self._runs(repository, sha), number)
        ours = [status for status in statuses if not actions_reading.lies_below(status, others)]
        return (*reading.read_statuses(ours, sha), *actions_reading.read_runs(runs, sha))

    async def _find_open(self, repository: RepositoryRef, draft: PullRequestDraft) -> PullRequest | None:
        listed = wire.list_pull_requests(repository, base=draft.base, state="open")
        async for value in self._api.each(listed):
            if reading.comes_from(value, draft.head):
                return self._judged(value, repository)
        return None

    async def _create(self, repository: RepositoryRef, draft: PullRequestDraft) -> PullRequest:
        call = wire.create_pull_request(repository, draft)
        try:
            made = self._judged(await self._when_visible(call, repository, draft), repository)
        except (AlreadyExists, Unavailable) as error:
            found = await self._find_open(repository, draft)
            if found is not None:
                return found
            if isinstance(error, AlreadyExists):
                # A list may lag behind what was made.
                raise Unavailable(
                    f"{error.message}, but it is not listed yet", hint="it is looked for again"
                ) from error
            raise error from error.__cause__
        return await self._converged(repository, draft, made)

    async def _converged(self, repository: RepositoryRef, draft: PullRequestDraft, made: PullRequest) -> PullRequest:
        """Close ours again if an older one is open: asked twice at once, Gitea makes two (seen on 1.26)."""
        listed = wire.list_pull_requests(repository, base=draft.base, state="open")
        same = [value async for value in self._api.each(listed) if reading.comes_from(value, draft.head)]
        oldest = min((self._judged(value, repository) for value in same), key=lambda item: item.number, default=made)
        if oldest.number >= made.number:
            return made
        closing = PullRequestUpdate(state=PullRequestState.CLOSED)
        await self._api.call(wire.update_pull_request(repository, made.number, closing))
        return oldest

    async def _when_visible(self, call: Call, repository: RepositoryRef, draft: PullRequestDraft) -> object:
        """Create, waiting a moment for a branch that was pushed just now and does not show yet."""
        for _ in range(max(1, int(self._lag_s / _LAG_POLL_S))):
            value = await self._api.find(call)
            if value is not None:
                return value
            await asyncio.sleep(0.0 if replaying() else _LAG_POLL_S)
        raise await self._missing_branch(repository, draft)

    async def _missing_branch(self, repository: RepositoryRef, draft: PullRequestDraft) -> TammaError:
        for name in (draft.head, draft.base):
            if await self._api.find(wire.get_branch(repository, name)) is None:
                return NotFound(f"there is no branch {name} in {repository}", hint="push it first")
        return InvalidInput(f"{repository} takes no pull requests", hint="switch them on in its settings")

    async def _raw(self, repository: RepositoryRef, number: int) -> object:
        missing = f"there is no pull request {number} in {repository}"
        return await self._api.found(wire.get_pull_request(repository, number), missing, "check the number")

    def _judged(self, value: object, repository: RepositoryRef) -> PullRequest:
        read = reading.read_pull_request(value, repository)
        if read.state is not PullRequestState.OPEN:
            return read
        return replace(read, mergeable=self._watch.judge(read, reading.base_sha_of(value)))
