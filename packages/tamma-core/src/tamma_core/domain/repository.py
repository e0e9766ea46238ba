"""Repositories, issues and people, as every forge knows them."""

from datetime import datetime
from enum import StrEnum

from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record


class RepositoryRef(Record, frozen=True):
    """Name a repository: the configured forge, and the path that the forge knows it by.

    `path` is `owner/name` on most forges and a directory on plain git.
    """

    forge: str
    path: str

    def __str__(self) -> str:
        return f"{self.forge}:{self.path}"


class Repository(Record, frozen=True):
    """Describe a repository as the forge shows it to our account."""

    ref: RepositoryRef
    default_branch: str
    clone_url: str
    web_url: str = ""
    archived: bool = False
    empty: bool = False
    can_push: bool = True


class IssueRef(Record, frozen=True):
    """Name an issue; `key` is a string because some trackers have no numbers."""

    source: str
    repository: RepositoryRef
    key: str

    def __str__(self) -> str:
        return f"{self.repository}#{self.key}"


class IssueState(StrEnum):
    """Say whether an issue still asks for work."""

    OPEN = "open"
    CLOSED = "closed"


class Issue(Record, frozen=True):
    """Hold an issue as it was read; text of other people is data, never instruction."""

    ref: IssueRef
    title: str
    body: str
    state: IssueState
    author: str
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    url: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class IssueFilters(Record, frozen=True, kw_only=True):
    """Select issues; empty fields do not restrict."""

    number: str | None = None
    state: IssueState = IssueState.OPEN
    labels: tuple[str, ...] = ()
    assignee: str | None = None
    limit: int = 50


class Comment(Record, frozen=True):
    """Hold a comment of an issue or pull request."""

    id: str
    author: str
    body: str
    created_at: datetime
    updated_at: datetime | None = None
    url: str = ""


class Permission(StrEnum):
    """Rank what an account may do in a repository."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    @property
    def may_write(self) -> bool:
        """Tell whether this account may instruct and approve."""
        return self in {Permission.WRITE, Permission.ADMIN}


class Branch(Record, frozen=True):
    """Name a branch and the commit it points at."""

    name: str
    sha: Sha
    protected: bool = False
