"""Everything that Tamma may do to a forge: a closed union that can be stored, sent and replayed."""

from tamma_core.domain.ci_job import JobAttempt
from tamma_core.domain.ids import EffectKey, Sha
from tamma_core.domain.pull_request import MergeHandle, MergeMethod, PullRequestUpdate
from tamma_core.domain.record import Tagged
from tamma_core.domain.repository import IssueRef, RepositoryRef


class PushBranch(Tagged, frozen=True, kw_only=True):
    """Make a branch point at a commit, if it is where it was; `expected` none means it must not exist."""

    key: EffectKey
    repository: RepositoryRef
    branch: str
    sha: Sha
    expected: Sha | None


class DeleteBranch(Tagged, frozen=True, kw_only=True):
    """Remove our own branch, if it is where it was."""

    key: EffectKey
    repository: RepositoryRef
    branch: str
    expected: Sha


class PostIssueComment(Tagged, frozen=True, kw_only=True):
    """Say something under an issue, once; found again by a hidden marker made of the key."""

    key: EffectKey
    issue: IssueRef
    body: str


class ShowStatus(Tagged, frozen=True, kw_only=True):
    """Make our one comment on how an issue stands say this, in place; an issue has at most one, whatever task wrote it."""

    key: EffectKey
    issue: IssueRef
    body: str


class PostPullRequestComment(Tagged, frozen=True, kw_only=True):
    """Say something under a pull request, once."""

    key: EffectKey
    repository: RepositoryRef
    number: int
    body: str


class SetIssueLabels(Tagged, frozen=True, kw_only=True):
    """Add and remove labels of an issue."""

    key: EffectKey
    issue: IssueRef
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class CloseIssue(Tagged, frozen=True, kw_only=True):
    """Close an issue that is done."""

    key: EffectKey
    issue: IssueRef


class ReopenIssue(Tagged, frozen=True, kw_only=True):
    """Open an issue again that turned out not to be done."""

    key: EffectKey
    issue: IssueRef


class OpenPullRequest(Tagged, frozen=True, kw_only=True):
    """Find the open pull request from head to base, or create it."""

    key: EffectKey
    repository: RepositoryRef
    head: str
    base: str
    title: str
    body: str
    labels: tuple[str, ...] = ()


class UpdatePullRequest(Tagged, frozen=True, kw_only=True):
    """Change title, body or state of our pull request."""

    key: EffectKey
    repository: RepositoryRef
    number: int
    update: PullRequestUpdate


class MergePullRequest(Tagged, frozen=True, kw_only=True):
    """Merge exactly the head that was checked."""

    key: EffectKey
    repository: RepositoryRef
    number: int
    head_sha: Sha
    method: MergeMethod
    message: str


class RerunJobs(Tagged, frozen=True, kw_only=True):
    """Have failed jobs at a commit repeated, each once after the attempt that is named."""

    key: EffectKey
    repository: RepositoryRef
    sha: Sha
    jobs: tuple[JobAttempt, ...]
    number: int | None = None
    """The pull request that they ran for."""


class AnswerThread(Tagged, frozen=True, kw_only=True):
    """Say something in a reviewer's thread, once, and resolve it."""

    key: EffectKey
    repository: RepositoryRef
    number: int
    thread: str
    body: str


class RequestReview(Tagged, frozen=True, kw_only=True):
    """Ask people to review the present head of our pull request."""

    key: EffectKey
    repository: RepositoryRef
    number: int
    reviewers: tuple[str, ...]


Effect = (
    PushBranch
    | DeleteBranch
    | PostIssueComment
    | ShowStatus
    | PostPullRequestComment
    | SetIssueLabels
    | CloseIssue
    | ReopenIssue
    | OpenPullRequest
    | UpdatePullRequest
    | MergePullRequest
    | RerunJobs
    | AnswerThread
    | RequestReview
)


class Done(Tagged, frozen=True, kw_only=True):
    """The effect is in place; `reference` is a comment id, `number` that of a pull request."""

    reference: str = ""
    number: int | None = None
    url: str = ""
    sha: Sha | None = None


class Declined(Tagged, frozen=True, kw_only=True):
    """The forge would not do it; `transient` tells whether asking again may help."""

    reason: str
    transient: bool
    head_moved: bool = False


class Pending(Tagged, frozen=True, kw_only=True):
    """The forge took a merge and works on it."""

    handle: MergeHandle


Outcome = Done | Declined | Pending
