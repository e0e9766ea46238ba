"""Issues and comments on Gitea; comments of pull requests are the same thing there."""

from collections.abc import AsyncIterator, Sequence

from tamma_core.domain.errors import NotFound, TammaError, Unavailable, Unsupported
from tamma_core.domain.repository import Comment, Issue, IssueFilters, IssueRef, RepositoryRef

from tamma_platforms.gitea import reading, wire
from tamma_platforms.gitea.api import GiteaApi
from tamma_platforms.gitea.labels import add_labels, remove_labels
from tamma_platforms.http.call import Call


class GiteaIssues:
    """Read and answer issues."""

    _api: GiteaApi

    async def list_issues(self, repository: RepositoryRef, filters: IssueFilters) -> Sequence[Issue]:
        """List issues without pull requests, oldest first; raise `Unsupported` when they are switched off."""
        if filters.number is not None:
            return await self._only(repository, filters)
        found: dict[int, Issue] = {}
        try:
            async for value in self._oldest_pages(wire.list_issues(repository, filters)):
                issue = reading.read_issue(value, repository)
                if _matches(issue, filters) and not reading.is_pull_request(value):
                    found[int(issue.ref.key)] = issue
                    if len(found) >= filters.limit:
                        break
        except NotFound as error:
            await self._explain(repository, error)
            if filters.assignee is None:
                raise
        return [found[number] for number in sorted(found)]

    async def get_issue(self, ref: IssueRef) -> Issue:
        """Answer an issue; raise `NotFound`, also for a pull request of that number."""
        value = await self._api.find(wire.get_issue(ref.repository, wire.number_of(ref.key)))
        missing = NotFound(f"there is no issue {ref}", hint="check the number; Gitea also hides private ones")
        if value is None:
            await self._explain(ref.repository, missing)
            raise missing
        if reading.is_pull_request(value):
            raise NotFound(f"{ref} is a pull request, not an issue")
        return reading.read_issue(value, ref.repository)

    async def list_issue_comments(self, ref: IssueRef) -> Sequence[Comment]:
        """List all comments, oldest first."""
        return await self._comments(ref.repository, wire.number_of(ref.key))

    async def comment_on_issue(self, ref: IssueRef, body: str) -> Comment:
        """Add a comment."""
        return await self._comment(ref.repository, wire.number_of(ref.key), body)

    async def update_issue_comment(self, ref: IssueRef, comment_id: str, body: str) -> Comment:
        """Change our own comment."""
        return reading.read_comment(await self._api.call(wire.update_comment(ref.repository, comment_id, body)))

    async def delete_issue_comment(self, ref: IssueRef, comment_id: str) -> None:
        """Remove our own comment; one that is gone is no error."""
        await self._api.find(wire.delete_comment(ref.repository, comment_id))

    async def comment_on_pr(self, repository: RepositoryRef, number: int, body: str) -> Comment:
        """Add a comment."""
        return await self._comment(repository, number, body)

    async def list_pr_comments(self, repository: RepositoryRef, number: int) -> Sequence[Comment]:
        """List all comments, oldest first."""
        return await self._comments(repository, number)

    async def update_pr_comment(self, repository: RepositoryRef, number: int, comment_id: str, body: str) -> Comment:  # noqa: ARG002 - the id is enough here
        """Change our own comment."""
        return reading.read_comment(await self._api.call(wire.update_comment(repository, comment_id, body)))

    async def delete_pr_comment(self, repository: RepositoryRef, number: int, comment_id: str) -> None:  # noqa: ARG002 - as above
        """Remove our own comment; one that is gone is no error."""
        await self._api.find(wire.delete_comment(repository, comment_id))

    async def set_labels(self, ref: IssueRef, *, add: Sequence[str], remove: Sequence[str]) -> None:
        """Add and remove labels; a label that does not exist yet is made."""
        number = wire.number_of(ref.key)
        if add:
            await add_labels(self._api, ref.repository, number, add)
        if remove:
            await remove_labels(self._api, ref.repository, number, remove)

    async def list_labels(self, repository: RepositoryRef) -> Sequence[str]:
        """Answer the names of the repository's own labels, all pages."""
        listed = [value async for value in self._api.each(wire.list_labels(repository))]
        return [name for _, name in reading.read_labels(listed)]

    async def close_issue(self, ref: IssueRef) -> None:
        """Close an issue. Idempotent."""
        await self._api.call(wire.close_issue(ref.repository, wire.number_of(ref.key)))

    async def reopen_issue(self, ref: IssueRef) -> None:
        """Open an issue again. Idempotent."""
        await self._api.call(wire.reopen_issue(ref.repository, wire.number_of(ref.key)))

    async def _only(self, repository: RepositoryRef, filters: IssueFilters) -> Sequence[Issue]:
        ref = IssueRef(source=repository.forge, repository=repository, key=filters.number or "")
        try:
            issue = await self.get_issue(ref)
        except NotFound:
            return ()
        return (issue,) if _matches(issue, filters) else ()

    async def _oldest_pages(self, call: Call) -> AsyncIterator[object]:
        """Yield from the last page to the first: the list has the newest first, and takes no order."""
        first, total = await self._api.page(call, 1)
        pages = -(-total // len(first)) if first else 1
        for number in range(pages, 1, -1):
            for value in reversed((await self._api.page(call, number))[0]):
                yield value
        for value in reversed(first):
            yield value

    async def _comments(self, repository: RepositoryRef, number: int) -> Sequence[Comment]:
        try:
            listed = [value async for value in self._api.each(wire.list_comments(repository, number))]
        except Unavailable as error:
            await self._explain_number(repository, number, error)
            raise
        comments = {comment.id: comment for comment in map(reading.read_comment, listed)}
        return sorted(comments.values(), key=lambda comment: int(comment.id))

    async def _comment(self, repository: RepositoryRef, number: int, body: str) -> Comment:
        try:
            return reading.read_comment(await self._api.call(wire.create_comment(repository, number, body)))
        except Unavailable as error:
            await self._explain_number(repository, number, error)
            raise

    async def _explain_number(self, repository: RepositoryRef, number: int, error: TammaError) -> None:
        """Turn the 500 that Gitea answers for a number that does not exist into what it is."""
        if await self._api.find(wire.get_issue(repository, number)) is None:
            raise NotFound(f"there is no issue or pull request {number} in {repository}") from error

    async def _explain(self, repository: RepositoryRef, error: TammaError) -> None:
        """Raise what a 404 of the issue tracker means, if it is not the thing asked for that is missing."""
        value = await self._api.find(wire.get_repository(repository))
        if value is None:
            raise NotFound(f"there is no repository {repository}", hint=error.hint) from error
        if not reading.has_issues(value):
            raise Unsupported(
                f"{repository} has no issues: they are switched off, or kept in another tracker",
                hint="switch them on in the repository's settings, or give the task as text",
            ) from error


def _matches(issue: Issue, filters: IssueFilters) -> bool:
    """Check on our side too: Gitea ignores labels that do not exist, and those of the organisation."""
    wanted = set(filters.labels) <= set(issue.labels)
    assigned = filters.assignee is None or filters.assignee.lower() in {name.lower() for name in issue.assignees}
    return wanted and assigned and issue.state is filters.state
