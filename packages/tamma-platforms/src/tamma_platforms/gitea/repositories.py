"""Repositories, branches and files on Gitea."""

from collections.abc import Sequence

from tamma_core.domain.errors import AlreadyExists, HeadMoved, NotFound, TammaError, Unavailable
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import BranchProtection
from tamma_core.domain.repository import Branch, Permission, Repository, RepositoryRef

from tamma_platforms.gitea import reading, wire
from tamma_platforms.gitea.api import GiteaApi
from tamma_platforms.gitea.permission import ask_permission

_HIDDEN = "check the name; Gitea also hides what the account may not see"


class GiteaRepositories:
    """Read repositories and make branches."""

    _api: GiteaApi

    async def get_repository(self, ref: RepositoryRef) -> Repository:
        """Describe a repository; raise `NotFound`, also for one that was renamed."""
        value = await self._api.found(wire.get_repository(ref), f"there is no repository {ref}", _HIDDEN)
        return reading.read_repository(value, ref.forge)

    async def get_branch(self, repository: RepositoryRef, name: str) -> Branch | None:
        """Answer a branch, or none, also in an empty repository."""
        value = await self._api.find(wire.get_branch(repository, name))
        return None if value is None else reading.read_branch(value)

    async def create_branch(self, repository: RepositoryRef, name: str, from_sha: Sha) -> Branch:
        """Find or create a branch at a commit; raise `AlreadyExists` when it points elsewhere."""
        found = await self._branch_at(repository, name, from_sha)
        if found is not None:
            return found
        try:
            return reading.read_branch(await self._api.call(wire.create_branch(repository, name, from_sha)))
        except (AlreadyExists, Unavailable) as error:
            return await self._branch_after(repository, name, from_sha, error)

    async def delete_branch(self, repository: RepositoryRef, name: str, expected: Sha) -> None:
        """Remove a branch that is where it is expected; one that is gone is no error.

        Gitea's call has no guard: a push between the look and the removal is lost.
        """
        found = await self.get_branch(repository, name)
        if found is None:
            return
        if found.sha != expected:
            raise HeadMoved(
                f"branch {name} of {repository} is at {found.sha}, not at {expected}",
                hint="somebody pushed to it: look before removing it",
                actual=found.sha,
            )
        await self._api.find(wire.delete_branch(repository, name))

    async def get_file(self, repository: RepositoryRef, path: str, ref: str) -> bytes | None:
        """Answer a file at a branch or commit, or none, also for a link, a directory or an unknown ref."""
        value = await self._api.find(wire.get_contents(repository, path, ref))
        return None if value is None else reading.read_file(value)

    async def list_files(self, repository: RepositoryRef, directory: str, ref: str) -> Sequence[str]:
        """List the paths of the files directly in a directory; empty when there is none."""
        value = await self._api.find(wire.get_contents(repository, directory, ref))
        return () if value is None else reading.read_directory(value)

    async def get_branch_protection(self, repository: RepositoryRef, name: str) -> BranchProtection:
        """Answer the rules of a branch; required checks are patterns in which `*` stands for anything."""
        missing = f"there is no branch {name} in {repository}"
        value = await self._api.found(wire.get_branch(repository, name), missing, _HIDDEN)
        rule_name = reading.rule_of(value)
        rule = await self._api.find(wire.get_protection(repository, rule_name)) if rule_name else None
        return reading.read_protection(value, rule)

    async def get_permission(self, repository: RepositoryRef, user: str) -> Permission:
        """Ask now what a user may do; whatever is not certain is `NONE`."""
        return await ask_permission(self._api, repository, user)

    async def _branch_at(self, repository: RepositoryRef, name: str, sha: Sha) -> Branch | None:
        found = await self.get_branch(repository, name)
        if found is not None and found.sha != sha:
            raise AlreadyExists(
                f"branch {name} of {repository} is at {found.sha}, not at {sha}",
                hint="take another name, or remove the branch if nobody needs it",
            )
        return found

    async def _branch_after(self, repository: RepositoryRef, name: str, sha: Sha, error: TammaError) -> Branch:
        """Tell what a failed creation means: it landed, the commit is missing, or it may be asked again."""
        found = await self._branch_at(repository, name, sha)
        if found is not None:
            return found
        if await self._api.find(wire.get_commit(repository, sha)) is None:
            raise NotFound(f"{repository} has no commit {sha}", hint="push it first") from error
        raise error
