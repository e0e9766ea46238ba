"""What the fake Gitea remembers: a repository of commits, branches, issues and pull requests."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tamma_core.domain.record import Record

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class FakeCommit(Record, frozen=True):
    """Hold a commit with its whole tree."""

    sha: str
    parents: tuple[str, ...]
    files: Mapping[str, bytes]


@dataclass(slots=True)
class FakeComment:
    """Hold a comment of an issue or pull request."""

    id: int
    number: int
    author: str
    body: str
    created: str
    updated: str = ""
    """When it was edited last, if it was."""


@dataclass(slots=True, kw_only=True)
class FakePullRequest:
    """Hold what a pull request adds to its issue; `head_sha` is kept once it is merged."""

    head: str
    base: str
    head_sha: str
    merge_sha: str = ""


@dataclass(slots=True, kw_only=True)
class FakeIssue:
    """Hold an issue or, with `pull_request`, a pull request."""

    number: int
    author: str
    title: str
    body: str
    created: str
    open: bool = True
    labels: list[int] = field(default_factory=list)
    pull_request: FakePullRequest | None = None
    reviews: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class FakeRun:
    """Hold a run of Actions with its one job, which never begins while it is `held` and never says a word if `silent`."""

    id: int
    sha: str
    workflow: str
    event: str
    said: str
    held: bool = False
    silent: bool = False
    attempt: int = 0
    status: str = "queued"

    @property
    def job(self) -> int:
        """Number the job."""
        return self.id + 100


@dataclass(slots=True, kw_only=True)
class FakeRepository:
    """Hold one repository of the fake; `writers` may write, its owner administers it."""

    owner: str
    name: str
    writers: set[str] = field(default_factory=set)
    readers_assignable: set[str] = field(default_factory=set)
    teams: list[dict[str, object]] | None = None
    archived: bool = False
    has_issues: bool = True
    has_actions: bool = True
    protected: dict[str, dict[str, object]] = field(default_factory=dict)
    commits: dict[str, FakeCommit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    issues: dict[int, FakeIssue] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    comments: dict[int, FakeComment] = field(default_factory=dict)
    statuses: list[dict[str, object]] = field(default_factory=list)
    runs: dict[int, FakeRun] = field(default_factory=dict)
    remarks: dict[int, dict[str, object]] = field(default_factory=dict)
    """What reviews say at lines, as it is shown."""
    checked: set[tuple[int, str, str]] = field(default_factory=set)
    _moments: int = 0

    def moment(self) -> str:
        """Answer a time later than each one before."""
        self._moments += 1
        return (_EPOCH + timedelta(seconds=self._moments)).isoformat().replace("+00:00", "Z")

    def may_write(self, user: str) -> bool:
        """Tell whether a user may write."""
        return user == self.owner or user in self.writers

    def commit(self, files: Mapping[str, bytes], *parents: str) -> str:
        """Store a commit and answer its name, which depends on when it was made."""
        seed = repr((sorted(files.items()), parents, self.moment())).encode()
        sha = hashlib.sha1(seed, usedforsecurity=False).hexdigest()
        self.commits[sha] = FakeCommit(sha, parents, dict(files))
        return sha

    def push(self, branch: str, files: Mapping[str, bytes], on: str | None) -> str:
        """Put a commit on top of a branch."""
        parents = (self.branches[on],) if on is not None else ()
        before = self.commits[parents[0]].files if parents else {}
        self.branches[branch] = self.commit({**before, **files}, *parents)
        return self.branches[branch]

    def resolve(self, ref: str) -> FakeCommit | None:
        """Answer the commit that a branch or name stands for."""
        return self.commits.get(self.branches.get(ref, ref))

    def head_of(self, pull_request: FakePullRequest) -> str:
        """Answer where the head is: the branch until the merge, what was merged afterwards."""
        if not pull_request.merge_sha:
            pull_request.head_sha = self.branches.get(pull_request.head, pull_request.head_sha)
        return pull_request.head_sha

    def merged_files(self, ours: str, theirs: str) -> dict[str, bytes] | None:
        """Merge two commits file by file; none on a conflict."""
        common = set(self._ancestors(ours))
        base = next(sha for sha in self._ancestors(theirs) if sha in common)
        trees = [self.commits[sha].files for sha in (base, ours, theirs)]
        merged: dict[str, bytes] = {}
        for path in set().union(*trees):
            old, mine, other = (tree.get(path) for tree in trees)
            if mine != old and other not in {old, mine}:
                return None
            kept = mine if other == old else other
            if kept is not None:
                merged[path] = kept
        return merged

    def _ancestors(self, sha: str) -> Iterator[str]:
        waiting, seen = [sha], set()
        while waiting:
            current = waiting.pop(0)
            if current not in seen:
                seen.add(current)
                yield current
                waiting.extend(self.commits[current].parents)
