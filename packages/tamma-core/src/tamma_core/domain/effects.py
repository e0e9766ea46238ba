"""Everything that Tamma may do to a forge: a closed union that can be stored, sent and replayed."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Discriminator

from tamma_core.domain.ci_job import JobAttempt
from tamma_core.domain.ids import EffectKey, Sha
from tamma_core.domain.pull_request import MergeHandle, MergeMethod, PullRequestUpdate
from tamma_core.domain.repository import IssueRef, RepositoryRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PushBranch:
    """Make a branch point at a commit, if it is where it was; `expected` none means it must not exist."""

    key: EffectKey
    repository: RepositoryRef
    branch: str
    sha: Sha
    expected: Sha | None
    type: Literal["push_branch"] = "push_branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteBranch:
    """Remove our own branch, if it is where it was."""

    key: EffectKey
    repository: RepositoryRef
    branch: str
    expected: Sha
    type: Literal["delete_branch"] = "delete_branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostIssueComment:
    """Say something under an issue, once; found again by a hidden marker made of the key."""

    key: EffectKey
    issue: IssueRef
    body: str
    type: Literal["post_issue_comment"] = "post_issue_comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStatus:
    """Make our one comment on how an issue stands say this, in place; an issue has at most one, whatever task wrote it."""

    key: EffectKey
    issue: IssueRef
    body: str
    type: Literal["show_status"] = "show_status"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPullRequestComment:
    """Say something under a pull request, once."""

    key: EffectKey
    repository: RepositoryRef
    number: int
    body: str
    type: Literal["post_pull_request_comment"] = "post_pull_request_comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetIssueLabels:
    """Add and remove labels of an issue."""

    key: EffectKey
    issue: IssueRef
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    type: Literal["set_issue_labels"] = "set_issue_labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIssue:
    """Close an issue that is done."""

    key: EffectKey
    issue: IssueRef
    type: Literal["close_issue"] = "close_issue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenIssue:
    """Open an issue again that turned out not to be done."""

    key: EffectKey
    issue: IssueRef
    type: Literal["reopen_issue"] = "reopen_issue"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPullRequest:
    """Find the open pull request from head to base, or create it."""

    key: EffectKey
    repository: RepositoryRef
    head: str
    base: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    type: Literal["open_pull_request"] = "open_pull_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePullRequest:
    """Change title, body or state of our pull request."""

    key: EffectKey
    repository: RepositoryRef
    number: int
    update: PullRequestUpdate
    type: Literal["update_pull_request"] = "update_pull_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePullRequest:
    """Merge exactly the head that was checked."""

    key: EffectKey
    repository: RepositoryRef
    number: int
    head_sha: Sha
    method: MergeMethod
    message: str
    type: Literal["merge_pull_request"] = "merge_pull_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunJobs:
    """Have failed jobs at a commit repeated, each once after the attempt that is named."""

    key: EffectKey
    repository: RepositoryRef
    sha: Sha
    jobs: tuple[JobAttempt, ...]
    type: Literal["rerun_jobs"] = "rerun_jobs"


Effect = Annotated[
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
    | RerunJobs,
    Discriminator("type"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The effect is in place; `reference` is a comment id, `number` that of a pull request."""

    reference: str = ""
    number: int | None = None
    url: str = ""
    sha: Sha | None = None
    type: Literal["done"] = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The forge would not do it; `transient` tells whether asking again may help."""

    reason: str
    transient: bool
    head_moved: bool = False
    type: Literal["declined"] = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The forge took a merge and works on it."""

    handle: MergeHandle
    type: Literal["pending"] = "pending"


Outcome = Annotated[Done | Declined | Pending, Discriminator("type")]
