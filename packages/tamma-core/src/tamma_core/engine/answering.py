"""Answer a reviewer's thread once, and resolve it where the forge can."""

from collections.abc import Sequence

from tamma_core.domain.effects import AnswerThread, Declined, Done, Outcome, RequestReview
from tamma_core.domain.errors import InvalidInput, NotFound, PermissionDenied, Unavailable, Unsupported
from tamma_core.domain.repository import Comment
from tamma_core.domain.review import ReviewThread
from tamma_core.ports.git_platform import GitPlatform, KeepsReviewThreads, RequestsReviews


async def find_answer(platform: GitPlatform, effect: AnswerThread, mark: str) -> Outcome | None:
    """Answer that our words are there and the thread is resolved, or none."""
    if not isinstance(platform, KeepsReviewThreads):
        return None
    threads = await platform.list_review_threads(effect.repository, effect.number)
    own = await _own(platform, threads, effect, mark)
    thread = _named(threads, effect)
    return Done(reference=own[0].id, url=own[0].url) if own and (thread is None or thread.resolved) else None


async def answer(platform: GitPlatform, effect: AnswerThread, body: str, mark: str) -> Outcome:
    """Say it where it is not said yet, remove what was said twice, and resolve the thread."""
    if not isinstance(platform, KeepsReviewThreads):
        return Declined(reason="the forge has no threads", transient=False)
    threads = await platform.list_review_threads(effect.repository, effect.number)
    own, thread = await _own(platform, threads, effect, mark), _named(threads, effect)
    if thread is None:
        return Declined(reason=f"thread {effect.thread} is gone", transient=False)
    if not own:
        await platform.answer_review_thread(effect.repository, effect.number, thread, f"{body}\n\n{mark}")
        threads = await platform.list_review_threads(effect.repository, effect.number)
        own = await _own(platform, threads, effect, mark)
    if not own:
        raise Unavailable(f"the answer to thread {effect.thread} is not listed yet", hint="it is looked for again")
    for duplicate in own[1:]:
        await platform.delete_pr_comment(effect.repository, effect.number, duplicate.id)
    if not thread.resolved:
        await platform.resolve_review_thread(effect.repository, effect.number, thread)
    return Done(reference=own[0].id, url=own[0].url)


async def request(platform: GitPlatform, effect: RequestReview) -> Outcome:
    """Ask people to review; one whom the forge does not let be asked is told of, and no reason to stop."""
    if not isinstance(platform, RequestsReviews):
        return Declined(reason="the forge asks nobody for reviews", transient=False)
    try:
        await platform.request_review(effect.repository, effect.number, effect.reviewers)
    except (InvalidInput, NotFound, PermissionDenied, Unsupported) as error:
        return Declined(reason=error.message, transient=False)
    return Done()


def _named(threads: Sequence[ReviewThread], effect: AnswerThread) -> ReviewThread | None:
    return next((thread for thread in threads if thread.id == effect.thread), None)


async def _own(
    platform: GitPlatform, threads: Sequence[ReviewThread], effect: AnswerThread, mark: str
) -> Sequence[Comment]:
    """List what we said about a thread, in it or, where the forge has no replies, beside it; oldest first."""
    ours = await platform.current_user()
    said = [remark for thread in threads for remark in thread.remarks]
    said += await platform.list_pr_comments(effect.repository, effect.number)
    return [remark for remark in said if remark.author == ours and remark.body.rstrip().endswith(mark)]
