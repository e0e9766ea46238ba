"""What is kept beside a repository: pull requests, issues and what was said about them."""

from datetime import datetime

from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import PullRequestState
from tamma_core.domain.record import Record
from tamma_core.domain.repository import Comment, IssueState


class PlannedMerge(Record, frozen=True, kw_only=True):
    """Hold a merge before it is pushed, so that a repeat finds it instead of merging again."""

    sha: Sha
    head_sha: Sha


class PullRequestRecord(Record, frozen=True, kw_only=True):
    """Hold a pull request; `head_sha` is what was last seen, and what was merged."""

    number: int
    head: str
    base: str
    head_sha: Sha
    title: str
    body: str
    author: str
    created_at: datetime
    state: PullRequestState = PullRequestState.OPEN
    labels: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    last_comment: int = 0
    planned: PlannedMerge | None = None
    merge_sha: Sha | None = None


class IssueRecord(Record, frozen=True, kw_only=True):
    """Hold what is known of an issue besides its text, which is in a file of the user's or given as a task."""

    key: str
    author: str
    created_at: datetime
    path: str | None = None
    text: str | None = None
    state: IssueState = IssueState.OPEN
    added_labels: tuple[str, ...] = ()
    removed_labels: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    last_comment: int = 0
