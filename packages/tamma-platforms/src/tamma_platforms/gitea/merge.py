"""Merging on Gitea: exactly the checked head, and the truth read back after every doubtful answer."""

from tamma_core.domain.errors import AlreadyExists, NotFound, TammaError, Unavailable, Unsupported
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    HeadChanged,
    Mergeable,
    Merged,
    MergeHandle,
    MergeMethod,
    MergeResult,
    PullRequest,
    PullRequestState,
    Refused,
)
from tamma_core.domain.repository import RepositoryRef

from tamma_platforms.gitea import wire
from tamma_platforms.gitea.pull_requests import GiteaPullRequests

_TRANSIENT = ("try again later", "push out of date")


class GiteaMerging(GiteaPullRequests):
    """Merge pull requests."""

    async def merge_pull_request(
        self, repository: RepositoryRef, number: int, *, head_sha: Sha, method: MergeMethod, message: str
    ) -> MergeResult:
        """Merge exactly this head; never by force, never without the head guard."""
        before = settled(await self.get_pull_request(repository, number), head_sha)
        if before is not None:
            return before
        call = wire.merge_pull_request(repository, number, head_sha=head_sha, method=method, message=message)
        try:
            await self._api.call(call)
        except (AlreadyExists, NotFound, Unsupported, Unavailable) as error:
            return await self._after_refusal(repository, number, head_sha, error)
        return await self._merged(repository, number, head_sha)

    async def poll_merge(self, handle: MergeHandle) -> MergeResult:
        """Tell that Gitea never hands out handles."""
        raise Unsupported(
            f"pull request {handle.number} of {handle.repository}: Gitea merges at once, there is no handle"
        )

    async def _merged(self, repository: RepositoryRef, number: int, head_sha: Sha) -> MergeResult:
        after = settled(await self.get_pull_request(repository, number), head_sha)
        if isinstance(after, Merged):
            return after
        raise Unavailable(
            f"Gitea merged pull request {number} of {repository}, but does not show it yet",
            hint="asking again is safe: a merged pull request is not merged twice",
        )

    async def _after_refusal(
        self, repository: RepositoryRef, number: int, head_sha: Sha, error: TammaError
    ) -> MergeResult:
        now = await self.get_pull_request(repository, number)
        after = settled(now, head_sha)
        if after is not None:
            return after
        if isinstance(error, Unavailable):
            raise error
        if "head out of date" in error.message:
            return HeadChanged(actual=None)
        said = any(words in error.message.lower() for words in _TRANSIENT)
        return Refused(reason=error.message, transient=said and now.mergeable is not Mergeable.CONFLICT)


def settled(pull_request: PullRequest, head_sha: Sha) -> MergeResult | None:
    """Answer what is decided already without a merge, or none if the merge may be tried."""
    where = f"pull request {pull_request.number} of {pull_request.repository}"
    if pull_request.head_sha != head_sha:
        return HeadChanged(actual=pull_request.head_sha)
    if pull_request.state is PullRequestState.MERGED:
        if pull_request.merge_sha is None:
            raise Unavailable(f"{where} is merged, but the forge does not say as which commit")
        return Merged(sha=pull_request.merge_sha)
    if pull_request.state is PullRequestState.CLOSED:
        return Refused(reason=f"{where} is closed", transient=False)
    if pull_request.draft:
        return Refused(reason=f"{where} is a draft", transient=False)
    return None
