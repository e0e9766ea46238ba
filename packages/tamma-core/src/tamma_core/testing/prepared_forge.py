"""A forge made ready for its contract, the people beside it, and what all its cases share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar, Protocol

import pytest
from msgspec import field

from tamma_core.domain.errors import Unsupported
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import PullRequest, PullRequestDraft, ReviewVerdict
from tamma_core.domain.record import Record
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.ports.git_platform import GitPlatform, IssueSource


class ForgePeople(Protocol):
    """Act as people do, beside the adapter under test."""

    async def push(self, branch: str, files: Mapping[str, str], *, on: str) -> Sha:
        """Put one commit with these files on top of branch `on`, and let `branch` point at it."""
        ...

    async def open_issue(self, title: str, body: str, *, labels: tuple[str, ...] = ()) -> IssueRef:
        """Open an issue as the writer."""
        ...

    async def report(self, sha: Sha, name: str, state: str) -> None:
        """Report a check at a commit: `pending`, `success`, `failure` or `warning`."""
        ...

    async def review(self, number: int, verdict: ReviewVerdict, body: str) -> None:
        """Review a pull request as the writer."""
        ...

    async def remark(self, number: int, path: str, line: int, body: str) -> None:
        """Say something at a line of the change, as the writer and as part of a review."""
        ...

    async def asked(self, number: int) -> Sequence[str]:
        """Name who is asked for a review of a pull request and has not answered."""
        ...

    async def add_ci(self, branch: str, said: str, *, on: str, held: bool = False, silent: bool = False) -> Sha:
        """Push as `push` does a commit for which one job runs; it says this line and fails.

        With `held` it never begins; with `silent` its runner takes it and is never heard of again.
        On the base its workflow can be started by the forge's `workflow` too.
        """
        ...


class PreparedForge(Record, frozen=True, kw_only=True):
    """Hold a forge with one repository of one commit on branch `base`, which has `README.md` and `src/app.txt`.

    `writer` may write, `stranger` may not; `account` is the adapter's own.
    """

    platform: GitPlatform
    issues: IssueSource
    repository: RepositoryRef
    detour: RepositoryRef
    """The same repository by another way: other case, a link, a detour in the path."""
    people: ForgePeople
    writer: str
    stranger: str
    base: str = "main"
    workflow: str = "ci.yml"
    patience_s: float = 20.0
    readme: bytes = field(default=b"hello\n")


class ForgeCases:
    """Expect each declared gap to fail; each test gets a forge of its own or a repository of its own."""

    gaps: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        """Expect each declared gap to fail."""
        for name, reason in cls.gaps.items():
            setattr(
                cls,
                name,
                pytest.mark.xfail(reason=reason, raises=Unsupported, strict=True)(_awaited(getattr(cls, name))),
            )

    async def tip(self, forge: PreparedForge) -> Sha:
        """Answer where the base is."""
        branch = await forge.platform.get_branch(forge.repository, forge.base)
        assert branch is not None
        return branch.sha

    async def open(self, forge: PreparedForge, head: str, *, title: str = "t", body: str = "b") -> PullRequest:
        """Open a pull request into the base."""
        draft = PullRequestDraft(head=head, base=forge.base, title=title, body=body)
        return await forge.platform.create_pull_request(forge.repository, draft)

    async def until(self, forge: PreparedForge, holds: Callable[[], Awaitable[bool]]) -> None:
        """Ask until it holds; fail after the forge's patience."""
        async with asyncio.timeout(forge.patience_s):
            while not await holds():  # noqa: ASYNC110 - a forge tells by being asked
                await asyncio.sleep(0.05)


_Test = Callable[[ForgeCases, PreparedForge], Awaitable[None]]


def _awaited(run: _Test) -> _Test:
    """Wrap an inherited test, so that marking it here leaves it unmarked elsewhere."""

    async def test(self: ForgeCases, forge: PreparedForge) -> None:
        await run(self, forge)

    test.__doc__ = run.__doc__
    return test
