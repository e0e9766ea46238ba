"""Threads of reviewers on Gitea, and requests for reviews."""

from collections.abc import Sequence

from tamma_core.domain.errors import InvalidInput, NotFound, Unavailable
from tamma_core.domain.repository import RepositoryRef
from tamma_core.domain.review import ReviewThread

from tamma_platforms.gitea import reviews_reading, wire
from tamma_platforms.gitea.api import GiteaApi


class GiteaReviews:
    """Read and answer what reviewers said at lines, and ask for reviews."""

    _api: GiteaApi

    async def list_review_threads(self, repository: RepositoryRef, number: int) -> Sequence[ReviewThread]:
        """List all threads, oldest first, the resolved ones included."""
        found: list[ReviewThread] = []
        async for value in self._api.each(wire.list_reviews(repository, number)):
            review = reviews_reading.commented(value)
            if review is not None:
                comments = await self._api.call(wire.list_review_comments(repository, number, review.id))
                found += reviews_reading.read_threads(comments, review)
        return sorted(found, key=lambda thread: int(thread.id))

    async def answer_review_thread(
        self, repository: RepositoryRef, number: int, thread: ReviewThread, body: str
    ) -> None:
        """Answer at the thread's line, as the API has no replies; where the line is gone, under the pull request."""
        try:
            await self._api.call(wire.comment_at_line(repository, number, thread, body))
        except (InvalidInput, NotFound, Unavailable):
            said = f"About {thread.remarks[0].url}:\n\n{body}"
            await self._api.call(wire.create_comment(repository, number, said))

    async def resolve_review_thread(self, repository: RepositoryRef, number: int, thread: ReviewThread) -> None:
        """Mark a thread as settled; before 1.26 it stays open, and the answer has to do."""
        del number
        try:
            await self._api.call(wire.resolve_comment(repository, thread.id))
        except NotFound:
            return

    async def request_review(self, repository: RepositoryRef, number: int, reviewers: Sequence[str]) -> None:
        """Ask for a review of the present head; who was asked already is no error."""
        await self._api.call(wire.request_review(repository, number, reviewers))
