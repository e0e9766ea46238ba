"""Pull requests, their checks and reviews, and what became of a merge."""

from datetime import datetime
from enum import StrEnum

from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record, Tagged
from tamma_core.domain.repository import RepositoryRef


class PullRequestState(StrEnum):
    """Say whether a pull request is still to be decided."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


class Mergeable(StrEnum):
    """Tell whether the forge can merge; computed in the background, so `unknown` is an answer."""

    YES = "yes"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"


class PullRequest(Record, frozen=True, kw_only=True):
    """Describe a pull request at the moment it was read."""

    repository: RepositoryRef
    number: int
    title: str
    body: str
    state: PullRequestState
    head: str
    head_sha: Sha
    base: str
    author: str
    url: str
    draft: bool = False
    mergeable: Mergeable = Mergeable.UNKNOWN
    merge_sha: Sha | None = None
    created_at: datetime | None = None


class PullRequestDraft(Record, frozen=True, kw_only=True):
    """Say what a new pull request shall be."""

    head: str
    base: str
    title: str
    body: str
    labels: tuple[str, ...] = ()


class PullRequestUpdate(Record, frozen=True, kw_only=True):
    """Say what shall change; fields left at none stay as they are."""

    title: str | None = None
    body: str | None = None
    state: PullRequestState | None = None


class CheckState(StrEnum):
    """Reduce the vendors' words for a check to what a gate needs."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    SKIPPED = "skipped"


class Check(Record, frozen=True, kw_only=True):
    """Hold the newest result of one status context or check run at one commit."""

    name: str
    state: CheckState
    sha: Sha
    description: str = ""
    url: str = ""
    updated_at: datetime | None = None


class CIState(StrEnum):
    """Tell the five states that continuous integration can be in at one commit."""

    NONE_CONFIGURED = "none_configured"
    NOT_YET_REGISTERED = "not_yet_registered"
    RUNNING = "running"
    RED = "red"
    GREEN = "green"


class ReviewVerdict(StrEnum):
    """Reduce a review to what a gate needs."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    COMMENTED = "commented"


class Review(Record, frozen=True, kw_only=True):
    """Hold the last word of one reviewer."""

    author: str
    verdict: ReviewVerdict
    body: str
    sha: Sha | None
    submitted_at: datetime | None = None
    stale: bool = False


class BranchProtection(Record, frozen=True, kw_only=True):
    """Hold the rules of a branch, as far as our account may read them."""

    required_checks: tuple[str, ...] = ()
    required_approvals: int = 0
    up_to_date_required: bool = False
    readable: bool = True


class PullRequestStatus(Record, frozen=True, kw_only=True):
    """Gather what the forge says of a pull request's head, all pages read."""

    head_sha: Sha
    checks: tuple[Check, ...]
    reviews: tuple[Review, ...]
    mergeable: Mergeable


class MergeMethod(StrEnum):
    """Name how a pull request becomes part of its base."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


class MergeHandle(Record, frozen=True):
    """Name a merge that the forge carries out later."""

    repository: RepositoryRef
    number: int
    token: str


class Merged(Tagged, frozen=True):
    """The pull request is part of its base, as this commit."""

    sha: Sha


class Submitted(Tagged, frozen=True):
    """The forge took the merge; ask again with the handle."""

    handle: MergeHandle


class Refused(Tagged, frozen=True):
    """The forge declined; `transient` tells whether asking again may help."""

    reason: str
    transient: bool


class HeadChanged(Tagged, frozen=True):
    """The head is not the one that was checked."""

    actual: Sha | None


MergeResult = Merged | Submitted | Refused | HeadChanged
