"""Do external effects once: intent, look, do, done."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

from tamma_core.domain.effects import (
    AnswerThread,
    CloseIssue,
    Declined,
    DeleteBranch,
    Done,
    Effect,
    MergePullRequest,
    OpenPullRequest,
    Outcome,
    Pending,
    PostIssueComment,
    PostPullRequestComment,
    PushBranch,
    ReopenIssue,
    RequestReview,
    RerunJobs,
    SetIssueLabels,
    ShowStatus,
    UpdatePullRequest,
)
from tamma_core.domain.errors import Defect, HeadMoved, Unavailable
from tamma_core.domain.events import EffectDone, EffectIntended
from tamma_core.domain.ids import EffectKey, TaskId
from tamma_core.domain.pull_request import (
    HeadChanged,
    Merged,
    MergeResult,
    PullRequest,
    PullRequestDraft,
    PullRequestState,
    Refused,
    Submitted,
)
from tamma_core.domain.repository import Comment, IssueState
from tamma_core.engine.answering import answer, find_answer, request
from tamma_core.engine.repeating import find_repeat, repeat
from tamma_core.ports.clock import Clock
from tamma_core.ports.git_platform import Forges, ReopensIssues
from tamma_core.ports.journal import Journal, Lease, Query, QueryItem
from tamma_core.workspace.workspaces import Workspaces

REQUEST_DEADLINE_S = 60.0
STATUS_MARKER = "<!-- tamma:status -->"
Answer = TypeVar("Answer")
_ON_THEIR_WAY = (PostIssueComment, PostPullRequestComment, OpenPullRequest, RerunJobs, AnswerThread)
"""Effects without a unique name: an earlier request may still land, so a second look waits for its deadline."""
_REFUSED_ONCE = (RerunJobs, RequestReview)
"""Effects that each poll would ask for again: a final refusal of theirs is journaled as their outcome."""


def marker(task: TaskId, key: EffectKey) -> str:
    """Write the hidden line by which a comment of ours is found again."""
    return f"<!-- tamma:{task}:{key} -->"


class Publisher:
    """The only caller of forge writes."""

    def __init__(
        self,
        journal: Journal,
        forges: Forges,
        workspaces: Workspaces,
        clock: Clock,
        *,
        deadline_s: float = REQUEST_DEADLINE_S,
        mask: Callable[[str], str],
    ) -> None:
        self._journal = journal
        self._forges = forges
        self._workspaces = workspaces
        self._clock = clock
        self._deadline_s = deadline_s
        self._mask = mask

    async def perform(self, lease: Lease, effect: Effect) -> Outcome:
        """Answer the journaled outcome, or find or make the effect and journal its outcome.

        What the forge declined is not an effect: unless a poll would ask for it again and again, it is not journaled.
        """
        intent, outcome = await self._known(lease.task, effect)
        if outcome is not None:
            return outcome
        if intent is not None:
            outcome = await self._find_again(lease, effect, intent)
        if outcome is None:
            expires_at = self._clock.now() + timedelta(seconds=self._deadline_s)
            await self._journal.append(lease, [EffectIntended(effect=effect, expires_at=expires_at)])
            left_s = self._time_left(lease, expires_at)
            outcome = await self._bounded(effect, self._make(lease, effect), left_s)
        if isinstance(outcome, Declined) and (outcome.transient or not isinstance(effect, _REFUSED_ONCE)):
            return outcome
        await self._journal.append(lease, [EffectDone(key=effect.key, outcome=outcome)])
        return outcome

    async def _known(self, task: TaskId, effect: Effect) -> tuple[EffectIntended | None, Outcome | None]:
        tags = frozenset({f"task:{task}", f"effect:{effect.key}"})
        intent: EffectIntended | None = None
        outcome: Outcome | None = None
        for recorded in await self._journal.query(Query((QueryItem(tags=tags),))):
            if isinstance(recorded.event, EffectIntended):
                intent = recorded.event
            elif isinstance(recorded.event, EffectDone):
                outcome = recorded.event.outcome
        if intent is not None and intent.effect != effect:
            raise Defect(f"effect `{effect.key}` was journaled with other content", hint="report this with the journal")
        return intent, outcome

    async def _find_again(self, lease: Lease, effect: Effect, intent: EffectIntended) -> Outcome | None:
        """Look for an effect of an earlier try; what has no unique name may still be on its way."""
        outcome = await self._bounded(effect, self._look(lease, effect))
        if outcome is None and isinstance(effect, _ON_THEIR_WAY):
            left = (intent.expires_at - self._clock.now()).total_seconds()
            if left > 0:
                # A clock that was set back would make it a matter of hours.
                await self._clock.sleep(min(left, self._deadline_s))
                outcome = await self._bounded(effect, self._look(lease, effect))
        return outcome

    def _time_left(self, lease: Lease, expires_at: datetime) -> float:
        """Answer the seconds left for an effect; a process that was frozen meanwhile may not be the only one any more."""
        now = self._clock.now()
        if now >= min(expires_at, lease.expires_at):
            raise Unavailable("this process stood still before an effect", hint="what holds is looked at again")
        return min((expires_at - now).total_seconds(), self._deadline_s)

    async def _bounded(self, effect: Effect, work: Awaitable[Answer], within_s: float | None = None) -> Answer:
        within_s = self._deadline_s if within_s is None else within_s
        try:
            async with asyncio.timeout(within_s):
                return await work
        except TimeoutError as error:
            raise Unavailable(
                f"`{effect.type}` got no answer within {within_s:.0f} s", hint="the forge may be slow or down"
            ) from error

    async def _look(self, lease: Lease, effect: Effect) -> Outcome | None:
        """Answer the outcome when the effect is already in place; none means that making it again is safe or needed."""
        match effect:
            case PostIssueComment() | PostPullRequestComment():
                own = await self._own_comments(effect, marker(lease.task, effect.key))
                return _comment_outcome(own[0]) if own else None
            case ShowStatus():
                own = await self._own_comments(effect, STATUS_MARKER)
                told = [comment.body.rstrip() for comment in own] == [self._status_body(effect)]
                return _comment_outcome(own[0]) if told else None
            case OpenPullRequest():
                platform = await self._forges.platform(effect.repository.forge)
                shown = await platform.find_pull_request(effect.repository, head=effect.head, base=effect.base)
                if shown is None or shown.state is PullRequestState.CLOSED:
                    return None
                return Done(number=shown.number, url=shown.url, sha=shown.head_sha)
            case MergePullRequest():
                platform = await self._forges.platform(effect.repository.forge)
                return _merge_outcome(effect, await platform.get_pull_request(effect.repository, effect.number))
            case AnswerThread():
                platform = await self._forges.platform(effect.repository.forge)
                return await find_answer(platform, effect, marker(lease.task, effect.key))
            case RerunJobs():
                return await find_repeat(await self._forges.platform(effect.repository.forge), effect)
            case _:
                return None

    async def _make(self, lease: Lease, effect: Effect) -> Outcome:
        match effect:
            case PushBranch():
                return await self._push(lease, effect)
            case PostIssueComment() | PostPullRequestComment():
                return await self._comment(lease, effect)
            case ShowStatus():
                return await self._show(effect)
            case OpenPullRequest():
                return await self._open(effect)
            case MergePullRequest():
                return await self._merge(effect)
            case AnswerThread():
                platform = await self._forges.platform(effect.repository.forge)
                return await answer(platform, effect, self._mask(effect.body), marker(lease.task, effect.key))
            case RequestReview():
                return await request(await self._forges.platform(effect.repository.forge), effect)
            case RerunJobs():
                return await repeat(await self._forges.platform(effect.repository.forge), effect)
            case _:
                return await self._settle(effect)

    async def _settle(
        self, effect: DeleteBranch | SetIssueLabels | CloseIssue | ReopenIssue | UpdatePullRequest
    ) -> Outcome:
        """Make effects that say how a thing shall be, and so can be repeated at will."""
        match effect:
            case DeleteBranch():
                platform = await self._forges.platform(effect.repository.forge)
                try:
                    await platform.delete_branch(effect.repository, effect.branch, effect.expected)
                except HeadMoved as error:
                    return Declined(reason=error.message, transient=False, head_moved=True)
            case SetIssueLabels():
                issues = await self._forges.issues(effect.issue.source)
                await issues.set_labels(effect.issue, add=effect.add, remove=effect.remove)
            case CloseIssue():
                issues = await self._forges.issues(effect.issue.source)
                if (await issues.get_issue(effect.issue)).state is IssueState.OPEN:
                    await issues.close_issue(effect.issue)
            case ReopenIssue():
                return await self._reopen(effect)
            case UpdatePullRequest():
                platform = await self._forges.platform(effect.repository.forge)
                await platform.update_pull_request(effect.repository, effect.number, effect.update)
            case _:
                assert_never(effect)
        return Done()

    async def _reopen(self, effect: ReopenIssue) -> Outcome:
        issues = await self._forges.issues(effect.issue.source)
        if not isinstance(issues, ReopensIssues):
            return Declined(reason=f"`{effect.issue.source}` cannot open an issue again", transient=False)
        if (await issues.get_issue(effect.issue)).state is IssueState.CLOSED:
            await issues.reopen_issue(effect.issue)
        return Done()

    async def _push(self, lease: Lease, effect: PushBranch) -> Outcome:
        platform = await self._forges.platform(effect.repository.forge)
        workspace = await self._workspaces.open(lease.task, await platform.git_remote(effect.repository))
        try:
            if await workspace.remote_branch(effect.branch) != effect.sha:
                await workspace.push(effect.branch, effect.sha, expected=effect.expected)
        except HeadMoved as error:
            return Declined(reason=error.message, transient=False, head_moved=True)
        finally:
            await workspace.close(remove=False)
        return Done(sha=effect.sha)

    async def _open(self, effect: OpenPullRequest) -> Outcome:
        platform = await self._forges.platform(effect.repository.forge)
        draft = PullRequestDraft(
            head=effect.head,
            base=effect.base,
            title=self._mask(effect.title),
            body=self._mask(effect.body),
            labels=effect.labels,
        )
        made = await platform.create_pull_request(effect.repository, draft)
        return Done(number=made.number, url=made.url, sha=made.head_sha)

    async def _merge(self, effect: MergePullRequest) -> Outcome:
        platform = await self._forges.platform(effect.repository.forge)
        result = await platform.merge_pull_request(
            effect.repository,
            effect.number,
            head_sha=effect.head_sha,
            method=effect.method,
            message=self._mask(effect.message),
        )
        return merge_outcome(result, effect.number)

    async def _comment(self, lease: Lease, effect: PostIssueComment | PostPullRequestComment) -> Outcome:
        body = f"{self._mask(effect.body)}\n\n{marker(lease.task, effect.key)}"
        if isinstance(effect, PostIssueComment):
            await (await self._forges.issues(effect.issue.source)).comment_on_issue(effect.issue, body)
        else:
            platform = await self._forges.platform(effect.repository.forge)
            await platform.comment_on_pr(effect.repository, effect.number, body)
        own = await self._own_comments(effect, marker(lease.task, effect.key))
        if not own:
            raise Unavailable(
                f"comment `{effect.key}` was accepted but is not listed yet", hint="it is looked for again"
            )
        for duplicate in own[1:]:
            await self._delete(effect, duplicate)
        return _comment_outcome(own[0])

    async def _show(self, effect: ShowStatus) -> Outcome:
        """Change the comment that is there, or add it; of several, which a lost answer may leave, the oldest stays."""
        issues, body = await self._forges.issues(effect.issue.source), self._status_body(effect)
        own = await self._own_comments(effect, STATUS_MARKER)
        if not own:
            await issues.comment_on_issue(effect.issue, body)
            own = await self._own_comments(effect, STATUS_MARKER)
            if not own:
                raise Unavailable("the status was accepted but is not listed yet", hint="it is looked for again")
        if own[0].body.rstrip() != body:
            await issues.update_issue_comment(effect.issue, own[0].id, body)
        for duplicate in own[1:]:
            await self._delete(effect, duplicate)
        return _comment_outcome(own[0])

    def _status_body(self, effect: ShowStatus) -> str:
        return f"{self._mask(effect.body)}\n\n{STATUS_MARKER}"

    async def _own_comments(
        self, effect: PostIssueComment | PostPullRequestComment | ShowStatus, mark: str
    ) -> Sequence[Comment]:
        """List our comments with a marker; the marker in other people's text does not count."""
        listing: Callable[[], Awaitable[Sequence[Comment]]]
        if isinstance(effect, PostIssueComment | ShowStatus):
            issues, ref = await self._forges.issues(effect.issue.source), effect.issue
            forge = effect.issue.repository.forge
            listing = lambda: issues.list_issue_comments(ref)  # noqa: E731 - one of two ways to list
        else:
            forge = effect.repository.forge
            pulls, repository, number = await self._forges.platform(forge), effect.repository, effect.number
            listing = lambda: pulls.list_pr_comments(repository, number)  # noqa: E731
        ours = await (await self._forges.platform(forge)).current_user()
        # Our last line, not a line that somebody got us to repeat.
        return [
            comment for comment in await listing() if comment.author == ours and comment.body.rstrip().endswith(mark)
        ]

    async def _delete(self, effect: PostIssueComment | PostPullRequestComment | ShowStatus, comment: Comment) -> None:
        if isinstance(effect, PostIssueComment | ShowStatus):
            issues = await self._forges.issues(effect.issue.source)
            await issues.delete_issue_comment(effect.issue, comment.id)
        else:
            platform = await self._forges.platform(effect.repository.forge)
            await platform.delete_pr_comment(effect.repository, effect.number, comment.id)


def merge_outcome(result: MergeResult, number: int) -> Outcome:
    """Say what a forge's answer to a merge means for the effect."""
    match result:
        case Merged():
            return Done(number=number, sha=result.sha)
        case Submitted():
            return Pending(handle=result.handle)
        case Refused():
            return Declined(reason=result.reason, transient=result.transient)
        case HeadChanged():
            return Declined(reason="the head is not the one that was checked", transient=False, head_moved=True)
    assert_never(result)


def _merge_outcome(effect: MergePullRequest, found: PullRequest) -> Outcome | None:
    if found.state is not PullRequestState.MERGED:
        return None
    if found.head_sha != effect.head_sha:
        return Declined(reason="it was merged at another head", transient=False, head_moved=True)
    if found.merge_sha is None:
        raise Unavailable("the forge shows no commit of the merge yet", hint="it is looked at again")
    return Done(number=effect.number, sha=found.merge_sha, url=found.url)


def _comment_outcome(comment: Comment) -> Outcome:
    return Done(reference=comment.id, url=comment.url)
