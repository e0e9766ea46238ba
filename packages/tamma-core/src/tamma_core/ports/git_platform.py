"""Forges behind one interface, as small Protocols; what not every forge has is one of its own."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pydantic import SecretStr

from tamma_core.domain.capabilities import PlatformCapabilities
from tamma_core.domain.ci_job import Job
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    BranchProtection,
    Check,
    MergeHandle,
    MergeMethod,
    MergeResult,
    PullRequest,
    PullRequestDraft,
    PullRequestStatus,
    PullRequestUpdate,
)
from tamma_core.domain.record import Record
from tamma_core.domain.repository import (
    Branch,
    Comment,
    Issue,
    IssueFilters,
    IssueRef,
    Permission,
    Repository,
    RepositoryRef,
)
from tamma_core.domain.review import ReviewThread


class GitRemote(Record, frozen=True, kw_only=True):
    """Say how git reaches a repository; the secret is handed to git by a one-shot askpass only."""

    url: str
    username: str = ""
    secret: SecretStr | None = None


class Connection(Protocol):
    """Begin and end work with a forge."""

    @property
    def name(self) -> str:
        """Answer the configured name."""
        ...

    async def initialize(self) -> None:
        """Check the address and the token; raise `AuthenticationFailed` or `Unavailable`. Idempotent."""
        ...

    def get_capabilities(self) -> PlatformCapabilities:
        """Tell what this forge can do at its version; available after `initialize`."""
        ...

    async def current_user(self) -> str:
        """Answer our own account's name."""
        ...

    async def dispose(self) -> None:
        """Close connections. Idempotent."""
        ...


class Repositories(Protocol):
    """Read repositories and make branches."""

    async def get_repository(self, ref: RepositoryRef) -> Repository:
        """Describe a repository, its `ref` spelled as the forge spells it, whatever case or detour was asked for.

        Errors: `NotFound`.
        """
        ...

    async def get_branch(self, repository: RepositoryRef, name: str) -> Branch | None:
        """Answer a branch, or none."""
        ...

    async def create_branch(self, repository: RepositoryRef, name: str, from_sha: Sha) -> Branch:
        """Find or create a branch at a commit; raise `AlreadyExists` when it points elsewhere."""
        ...

    async def get_file(self, repository: RepositoryRef, path: str, ref: str) -> bytes | None:
        """Answer a file at a branch or commit, or none."""
        ...

    async def list_files(self, repository: RepositoryRef, directory: str, ref: str) -> Sequence[str]:
        """List the paths of the files directly in a directory; empty when there is none."""
        ...

    async def get_branch_protection(self, repository: RepositoryRef, name: str) -> BranchProtection:
        """Answer the rules of a branch, as far as they can be read."""
        ...

    async def get_permission(self, repository: RepositoryRef, user: str) -> Permission:
        """Ask now what a user may do; whatever is not certain is `NONE`."""
        ...

    async def git_remote(self, repository: RepositoryRef) -> GitRemote:
        """Say how git reaches the repository."""
        ...


class PullRequests(Protocol):
    """Open, read and merge pull requests."""

    async def create_pull_request(self, repository: RepositoryRef, draft: PullRequestDraft) -> PullRequest:
        """Find the open pull request from head to base, or create it."""
        ...

    async def find_pull_request(self, repository: RepositoryRef, *, head: str, base: str) -> PullRequest | None:
        """Answer the newest pull request from our head to the base in any state, or none."""
        ...

    async def get_pull_request(self, repository: RepositoryRef, number: int) -> PullRequest:
        """Answer a pull request; raise `NotFound`."""
        ...

    async def list_open_pull_requests(self, repository: RepositoryRef) -> Sequence[PullRequest]:
        """List the open pull requests of all accounts, all pages; whether they can be merged may be unknown."""
        ...

    async def update_pull_request(
        self, repository: RepositoryRef, number: int, update: PullRequestUpdate
    ) -> PullRequest:
        """Change a pull request and answer it as it then is."""
        ...

    async def get_pr_status(self, repository: RepositoryRef, number: int) -> PullRequestStatus:
        """Gather checks, reviews and mergeability at the present head, all pages.

        Checks that ran for another pull request do not count: anybody can propose the same commit elsewhere.
        """
        ...

    async def get_checks(self, repository: RepositoryRef, sha: Sha) -> Sequence[Check]:
        """List the newest result of each status and check at one commit, all pages; what ran for a pull request does not count."""
        ...

    async def merge_pull_request(
        self, repository: RepositoryRef, number: int, *, head_sha: Sha, method: MergeMethod, message: str
    ) -> MergeResult:
        """Merge exactly this head; never by force, never without the head guard."""
        ...

    async def poll_merge(self, handle: MergeHandle) -> MergeResult:
        """Ask what became of a submitted merge."""
        ...

    async def delete_branch(self, repository: RepositoryRef, name: str, expected: Sha) -> None:
        """Remove a branch that is where it is expected; one that is gone is no error."""
        ...


class PullRequestComments(Protocol):
    """Talk on a pull request."""

    async def comment_on_pr(self, repository: RepositoryRef, number: int, body: str) -> Comment:
        """Add a comment."""
        ...

    async def list_pr_comments(self, repository: RepositoryRef, number: int) -> Sequence[Comment]:
        """List all comments, oldest first."""
        ...

    async def update_pr_comment(self, repository: RepositoryRef, number: int, comment_id: str, body: str) -> Comment:
        """Change our own comment."""
        ...

    async def delete_pr_comment(self, repository: RepositoryRef, number: int, comment_id: str) -> None:
        """Remove our own comment; one that is gone is no error."""
        ...


class GitPlatform(Connection, Repositories, PullRequests, PullRequestComments, Protocol):
    """Do everything that an unattended change needs of a forge."""


@runtime_checkable
class IssueSource(Protocol):
    """Read and answer issues; apart from the forge, since some have none and some trackers are no forge."""

    @property
    def name(self) -> str:
        """Answer the configured name."""
        ...

    async def list_issues(self, repository: RepositoryRef, filters: IssueFilters) -> Sequence[Issue]:
        """List issues without pull requests, oldest first; raise `Unsupported` when they are switched off."""
        ...

    async def get_issue(self, ref: IssueRef) -> Issue:
        """Answer an issue; raise `NotFound`."""
        ...

    async def list_issue_comments(self, ref: IssueRef) -> Sequence[Comment]:
        """List all comments, oldest first."""
        ...

    async def comment_on_issue(self, ref: IssueRef, body: str) -> Comment:
        """Add a comment."""
        ...

    async def update_issue_comment(self, ref: IssueRef, comment_id: str, body: str) -> Comment:
        """Change our own comment."""
        ...

    async def delete_issue_comment(self, ref: IssueRef, comment_id: str) -> None:
        """Remove our own comment; one that is gone is no error."""
        ...

    async def set_labels(self, ref: IssueRef, *, add: Sequence[str], remove: Sequence[str]) -> None:
        """Add and remove labels; a label that does not exist yet is made."""
        ...

    async def close_issue(self, ref: IssueRef) -> None:
        """Close an issue. Idempotent."""
        ...


@runtime_checkable
class ReopensIssues(Protocol):
    """Open closed issues again where a tracker lets one."""

    async def reopen_issue(self, ref: IssueRef) -> None:
        """Open an issue again. Idempotent."""
        ...


@runtime_checkable
class ListsLabels(Protocol):
    """List the labels that a repository has, where a forge keeps such a list."""

    async def list_labels(self, repository: RepositoryRef) -> Sequence[str]:
        """Answer the names of the repository's own labels, all pages."""
        ...


@runtime_checkable
class KeepsLogs(Protocol):
    """Show jobs of continuous integration and what they said, where a forge keeps it."""

    async def list_jobs(self, repository: RepositoryRef, sha: Sha, *, number: int | None = None) -> Sequence[Job]:
        """List the newest attempt of each job at a commit; empty where nothing ran or nothing is known of it.

        Jobs that ran for another pull request than the numbered one do not count: anybody can propose the same commit elsewhere.
        """
        ...

    async def get_job_log(self, repository: RepositoryRef, job: str, *, limit_bytes: int) -> str:
        """Answer the end of the log of a job's newest attempt; empty when there is none."""
        ...


@runtime_checkable
class RerunsJobs(KeepsLogs, Protocol):
    """Repeat failed jobs at the same commit where a forge lets one."""

    async def rerun_failed_jobs(self, repository: RepositoryRef, run: str) -> None:
        """Have the failed jobs of a run repeated; one that is under way is no error.

        Raise `Unsupported`, or another `TammaError` for what is refused.
        """
        ...


@runtime_checkable
class KeepsReviewThreads(Protocol):
    """Read and answer what reviewers said at lines of a change, where a forge keeps it."""

    async def list_review_threads(self, repository: RepositoryRef, number: int) -> Sequence[ReviewThread]:
        """List all threads, oldest first, the resolved ones included."""
        ...

    async def answer_review_thread(
        self, repository: RepositoryRef, number: int, thread: ReviewThread, body: str
    ) -> None:
        """Answer a thread, or, where the forge has no replies, say it as near to it as can be."""
        ...

    async def resolve_review_thread(self, repository: RepositoryRef, number: int, thread: ReviewThread) -> None:
        """Mark a thread as settled, where the forge can. Idempotent."""
        ...


@runtime_checkable
class RequestsReviews(Protocol):
    """Ask people for their review where a forge lets one."""

    async def request_review(self, repository: RepositoryRef, number: int, reviewers: Sequence[str]) -> None:
        """Ask for a review of the present head; who was asked already is no error."""
        ...


@runtime_checkable
class TriggersCI(Protocol):
    """Start continuous integration where a forge lets one."""

    async def trigger_ci(self, repository: RepositoryRef, *, workflow: str, ref: str) -> None:
        """Start a workflow at a branch."""
        ...


class Forges(Protocol):
    """Answer initialised forges and trackers by their configured names."""

    async def platform(self, name: str) -> GitPlatform:
        """Answer a forge."""
        ...

    async def issues(self, name: str) -> IssueSource:
        """Answer a tracker; raise `Unsupported` when the named forge has none."""
        ...
