"""Repositories, branches and files on plain git."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from tamma_core.domain.errors import AlreadyExists, HeadMoved, NotFound
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import BranchProtection
from tamma_core.domain.repository import Branch, Permission, Repository, RepositoryRef
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.branches import head_ref
from tamma_core.workspace.conversation import RemoteHeads

from tamma_platforms.plain_git.place import Place

_FILE_MODES = frozenset({"100644", "100755"})
_LINK_MODE = "120000"


class PlainGitRepositories(ABC):
    """Read repositories and make branches."""

    @abstractmethod
    def place(self, ref: RepositoryRef) -> Place:
        """Find the parts of a repository."""

    @abstractmethod
    async def current_user(self) -> str:
        """Answer the account of the operating system that we run as."""

    async def get_repository(self, ref: RepositoryRef) -> Repository:
        """Describe a repository; raise `NotFound`."""
        place = self.place(ref)
        heads = await place.target.heads()
        place.keep_address()
        return Repository(
            ref=place.ref, default_branch=_default(heads), clone_url=place.remote.url, empty=not heads.heads
        )

    async def get_branch(self, repository: RepositoryRef, name: str) -> Branch | None:
        """Answer a branch, or none."""
        sha = (await self.place(repository).target.heads()).heads.get(name)
        return None if sha is None else Branch(name=name, sha=sha)

    async def create_branch(self, repository: RepositoryRef, name: str, from_sha: Sha) -> Branch:
        """Find or create a branch at a commit; raise `AlreadyExists` when it points elsewhere."""
        target = self.place(repository).target
        head_ref(name)
        await target.sync()
        if await target.resolve(from_sha) is None:
            raise NotFound(f"{repository} has no commit {from_sha}", hint="push it first")
        found = await target.resolve(name)
        if found is None:
            try:
                await target.push(name, from_sha, None)
            except HeadMoved:
                found = (await target.heads()).heads.get(name)
        if found not in {None, from_sha}:
            raise AlreadyExists(
                f"branch {name} of {repository} is at {found}, not at {from_sha}",
                hint="take another name, or remove the branch if nobody needs it",
            )
        return Branch(name=name, sha=from_sha)

    async def delete_branch(self, repository: RepositoryRef, name: str, expected: Sha) -> None:
        """Remove a branch that is where it is expected; one that is gone is no error."""
        target = self.place(repository).target
        found = (await target.heads()).heads.get(name)
        if found is None:
            return
        if found != expected:
            raise HeadMoved(
                f"branch {name} of {repository} is at {found}, not at {expected}",
                hint="somebody pushed to it: look before removing it",
                actual=found,
            )
        await target.push(name, None, expected)

    async def get_file(self, repository: RepositoryRef, path: str, ref: str) -> bytes | None:
        """Answer a file at a branch or commit, or none, also for a link, a directory or an unknown ref."""
        target = self.place(repository).target
        await target.sync()
        sha = await target.resolve(ref)
        if sha is None:
            return None
        listed = (await target.run("ls-tree", "-z", sha, "--", path)).decode(errors="replace")
        mode, _, rest = listed.partition(" ")
        return await target.run("cat-file", "blob", rest.split()[1]) if mode in _FILE_MODES else None

    async def list_files(self, repository: RepositoryRef, directory: str, ref: str) -> Sequence[str]:
        """List the paths of the files directly in a directory; empty when there is none."""
        target = self.place(repository).target
        await target.sync()
        sha = await target.resolve(ref)
        if sha is None:
            return ()
        below = directory.strip("/")
        result = await target.ask("ls-tree", "-z", f"{sha}:{below}")
        if result.code:
            return ()
        entries = [entry.partition("\t") for entry in result.out.decode(errors="replace").split("\0") if entry]
        names = [name for facts, _, name in entries if facts.split(" ")[0] in _FILE_MODES | {_LINK_MODE}]
        return tuple(sorted(f"{below}/{name}" if below else name for name in names))

    async def get_branch_protection(self, repository: RepositoryRef, name: str) -> BranchProtection:
        """Answer that there are no rules; hooks of the repository speak when something is pushed."""
        if await self.get_branch(repository, name) is None:
            raise NotFound(f"there is no branch {name} in {repository}")
        return BranchProtection()

    async def get_permission(self, repository: RepositoryRef, user: str) -> Permission:  # noqa: ARG002 - one rule for all
        """Answer that whoever runs this program may write, and nobody else."""
        return Permission.WRITE if user and user == await self.current_user() else Permission.NONE

    async def git_remote(self, repository: RepositoryRef) -> GitRemote:
        """Say how git reaches the repository."""
        return self.place(repository).remote


def _default(heads: RemoteHeads) -> str:
    """Answer the branch that HEAD names; where it names none, the usual one."""
    if heads.default in heads.heads:
        return heads.default or ""
    usual = [name for name in ("main", "master", *sorted(heads.heads)) if name in heads.heads]
    return usual[0] if usual else heads.default or "main"
