"""Pull requests on plain git: a branch, a patch and a record."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace
from tamma_core.domain.errors import HeadMoved, InvalidInput, NotFound, PermissionDenied, Unsupported
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    Check,
    HeadChanged,
    Mergeable,
    Merged,
    MergeHandle,
    MergeMethod,
    MergeResult,
    PullRequest,
    PullRequestDraft,
    PullRequestState,
    PullRequestStatus,
    PullRequestUpdate,
    Refused,
)
from tamma_core.domain.repository import Comment, RepositoryRef
from tamma_core.workspace.git import GitOptions

from tamma_platforms.plain_git import comments as talk
from tamma_platforms.plain_git.merging import Signature, contains, merge_commit, merged_tree
from tamma_platforms.plain_git.place import Place
from tamma_platforms.plain_git.records import PlannedMerge, PullRequestRecord
from tamma_platforms.plain_git.repositories import PlainGitRepositories

PATCH_BYTES = 16 * 1024 * 1024


class PlainGitPullRequests(PlainGitRepositories):
    """Open, read and merge pull requests."""

    @abstractmethod
    def signature(self) -> Signature:
        """Say who makes merge commits, now."""

    async def create_pull_request(self, repository: RepositoryRef, draft: PullRequestDraft) -> PullRequest:
        """Find the open pull request from head to base, or create it."""
        place = self.place(repository)
        async with place.store.locked():
            await place.target.sync()
            head = await _branch(place, draft.head)
            await _branch(place, draft.base)
            records = place.store.pull_requests()
            same = (record for record in records if (record.head, record.base) == (draft.head, draft.base))
            found = next((record for record in same if record.state is PullRequestState.OPEN), None)
            record = found or PullRequestRecord(
                number=max((record.number for record in records), default=0) + 1,
                head=draft.head,
                base=draft.base,
                head_sha=head,
                title=draft.title,
                body=draft.body,
                author=await self.current_user(),
                created_at=_now(),
                labels=draft.labels,
            )
            if found is None:
                await _save_patch(place, record)
                place.store.save_pull_request(record)
            return await _shown(place, record)

    async def find_pull_request(self, repository: RepositoryRef, *, head: str, base: str) -> PullRequest | None:
        """Answer the newest pull request from our head to the base in any state, or none."""
        for record in self.place(repository).store.pull_requests():
            if (record.head, record.base) == (head, base):
                return await self.get_pull_request(repository, record.number)
        return None

    async def list_open_pull_requests(self, repository: RepositoryRef) -> Sequence[PullRequest]:
        """List the open pull requests of all accounts, all pages; whether they can be merged may be unknown."""
        records = self.place(repository).store.pull_requests()
        numbers = [record.number for record in records if record.state is PullRequestState.OPEN]
        shown = [await self.get_pull_request(repository, number) for number in numbers]
        return [one for one in shown if one.state is PullRequestState.OPEN]

    async def get_pull_request(self, repository: RepositoryRef, number: int) -> PullRequest:
        """Answer a pull request; raise `NotFound`."""
        place = self.place(repository)
        async with place.store.locked():
            await place.target.sync()
            return await _shown(place, await _followed(place, _record(place, number)))

    async def update_pull_request(
        self, repository: RepositoryRef, number: int, update: PullRequestUpdate
    ) -> PullRequest:
        """Change a pull request and answer it as it then is."""
        place = self.place(repository)
        async with place.store.locked():
            record = _record(place, number)
            if update.state is PullRequestState.MERGED or (update.state and record.state is PullRequestState.MERGED):
                raise InvalidInput(f"the state of pull request {number} cannot become {update.state}")
            record = replace(
                record,
                title=record.title if update.title is None else update.title,
                body=record.body if update.body is None else update.body,
                state=update.state or record.state,
            )
            place.store.save_pull_request(record)
        return await self.get_pull_request(repository, number)

    async def get_pr_status(self, repository: RepositoryRef, number: int) -> PullRequestStatus:
        """Answer head and mergeability; there are no checks and reviews."""
        read = await self.get_pull_request(repository, number)
        return PullRequestStatus(head_sha=read.head_sha, checks=(), reviews=(), mergeable=read.mergeable)

    async def get_checks(self, repository: RepositoryRef, sha: Sha) -> Sequence[Check]:  # noqa: ARG002 - there are none
        """Answer that there are none."""
        return ()

    async def merge_pull_request(
        self, repository: RepositoryRef, number: int, *, head_sha: Sha, method: MergeMethod, message: str
    ) -> MergeResult:
        """Merge exactly this head; never by force, never without the head guard.

        The merge is planned in the record before it is pushed, and the base moves only from where the merge was
        made. A base that is checked out moves with its work tree if that is clean, else the merge is refused.
        """
        place = self.place(repository)
        async with place.store.locked():
            await place.target.sync()
            record = await _caught_up(place, _record(place, number))
            settled = await _settled(place, record, head_sha)
            if settled is not None:
                return settled
            base = await _branch(place, record.base)
            made = await merge_commit(
                place.target, base=base, head=head_sha, method=method, message=message, by=self.signature()
            )
            if made is None:
                return Refused(reason=f"pull request {number} conflicts with `{record.base}`", transient=False)
            return await _push(place, record, made, head_sha, base)

    async def poll_merge(self, handle: MergeHandle) -> MergeResult:
        """Tell that plain git never hands out handles."""
        raise Unsupported(f"pull request {handle.number} of {handle.repository}: there is no handle of a merge")

    async def comment_on_pr(self, repository: RepositoryRef, number: int, body: str) -> Comment:
        """Add a comment."""
        place = self.place(repository)
        async with place.store.locked():
            record = _record(place, number)
            author = await self.current_user()
            said, last = talk.appended(record.comments, record.last_comment, author=author, body=body, at=_now())
            place.store.save_pull_request(replace(record, comments=said, last_comment=last))
            return said[-1]

    async def list_pr_comments(self, repository: RepositoryRef, number: int) -> Sequence[Comment]:
        """List all comments, oldest first."""
        return _record(self.place(repository), number).comments

    async def update_pr_comment(self, repository: RepositoryRef, number: int, comment_id: str, body: str) -> Comment:
        """Change our own comment."""
        place = self.place(repository)
        async with place.store.locked():
            record = _record(place, number)
            said = talk.changed(record.comments, comment_id, body=body, at=_now())
            place.store.save_pull_request(replace(record, comments=said))
        return next(comment for comment in said if comment.id == comment_id)

    async def delete_pr_comment(self, repository: RepositoryRef, number: int, comment_id: str) -> None:
        """Remove our own comment; one that is gone is no error."""
        place = self.place(repository)
        async with place.store.locked():
            record = _record(place, number)
            place.store.save_pull_request(replace(record, comments=talk.without(record.comments, comment_id)))


def _now() -> datetime:
    return datetime.now(UTC)


def _record(place: Place, number: int) -> PullRequestRecord:
    record = place.store.pull_request(number)
    if record is None:
        raise NotFound(f"there is no pull request {number} in {place.ref}", hint="check the number")
    return record


async def _branch(place: Place, name: str) -> Sha:
    sha = await place.target.resolve(name)
    if sha is None:
        raise NotFound(f"there is no branch {name} in {place.ref}", hint="push it first")
    return sha


async def _followed(place: Place, record: PullRequestRecord) -> PullRequestRecord:
    """Note where the head is by now, and renew the patch."""
    head = await place.target.resolve(record.head)
    if record.state is not PullRequestState.OPEN or head in {None, record.head_sha}:
        return record
    record = replace(record, head_sha=head or record.head_sha)
    await _save_patch(place, record)
    place.store.save_pull_request(record)
    return record


async def _caught_up(place: Place, record: PullRequestRecord) -> PullRequestRecord:
    """Note a planned merge that landed although nobody came to write it down."""
    record = await _followed(place, record)
    base = await place.target.resolve(record.base)
    planned = record.planned
    if record.state is not PullRequestState.OPEN or planned is None or base is None:
        return record
    known = await place.target.resolve(planned.sha) is not None
    if not known or not await contains(place.target, base, planned.sha):
        return record
    return _noted(place, record, planned.sha, planned.head_sha)


async def _settled(place: Place, record: PullRequestRecord, head_sha: Sha) -> MergeResult | None:
    where = f"pull request {record.number}"
    if record.head_sha != head_sha:
        return HeadChanged(actual=record.head_sha)
    if record.merge_sha is not None:
        return Merged(sha=record.merge_sha)
    if record.state is PullRequestState.CLOSED:
        return Refused(reason=f"{where} is closed", transient=False)
    if await place.target.resolve(record.head) is None:
        return Refused(reason=f"the branch of {where} is gone", transient=False)
    base = await _branch(place, record.base)
    if await contains(place.target, base, head_sha):
        return Merged(sha=_noted(place, record, base, head_sha).merge_sha or base)
    return None


async def _push(place: Place, record: PullRequestRecord, made: Sha, head_sha: Sha, base: Sha) -> MergeResult:
    record = replace(record, planned=PlannedMerge(sha=made, head_sha=head_sha))
    place.store.save_pull_request(record)
    try:
        await place.target.push(record.base, made, base, update_tree=True)
    except HeadMoved as error:
        return Refused(reason=error.message, transient=True)
    except PermissionDenied as error:
        return Refused(reason=f"{error.message}; {error.hint}", transient=False)
    _noted(place, record, made, head_sha)
    return Merged(sha=made)


def _noted(place: Place, record: PullRequestRecord, merge_sha: Sha, head_sha: Sha) -> PullRequestRecord:
    merged = replace(record, state=PullRequestState.MERGED, merge_sha=merge_sha, head_sha=head_sha)
    place.store.save_pull_request(merged)
    return merged


async def _shown(place: Place, record: PullRequestRecord) -> PullRequest:
    return PullRequest(
        repository=place.ref,
        number=record.number,
        title=record.title,
        body=record.body,
        state=record.state,
        head=record.head,
        head_sha=record.head_sha,
        base=record.base,
        author=record.author,
        url=place.store.patch_path(record.number).as_uri(),
        mergeable=await _mergeable(place, record),
        merge_sha=record.merge_sha,
        created_at=record.created_at,
    )


async def _mergeable(place: Place, record: PullRequestRecord) -> Mergeable:
    base = await place.target.resolve(record.base)
    if record.state is not PullRequestState.OPEN or base is None:
        return Mergeable.UNKNOWN
    return Mergeable.CONFLICT if await merged_tree(place.target, base, record.head_sha) is None else Mergeable.YES


async def _save_patch(place: Place, record: PullRequestRecord) -> None:
    """Write what a person reads before approving; a very large one is cut."""
    base = await place.target.resolve(record.base)
    if base is None:
        return
    options = GitOptions(limit_bytes=PATCH_BYTES)
    command = ("format-patch", "--stdout", "--binary", "--no-signature", f"{base}..{record.head_sha}")
    place.store.save_patch(record.number, await place.target.run(*command, options=options))
