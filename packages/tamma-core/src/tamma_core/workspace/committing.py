"""Making commits that come out the same whenever they are made again."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tamma_core.domain.errors import Defect, InvalidInput
from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.workspace.failures import clean
from tamma_core.workspace.git import Git, GitOptions
from tamma_core.workspace.objects import GITLINK, Objects


class Signature(Record, frozen=True, kw_only=True):
    """Say who commits what, and when, to the second."""

    message: str
    authored_at: datetime
    author: str
    email: str

    def environment(self) -> dict[str, str]:
        """Spell it for git; raise `InvalidInput` for what git would change or refuse."""
        if self.authored_at.tzinfo is None:
            raise InvalidInput("the time of a commit needs its zone")
        if not self.author.strip() or any(sign in self.author + self.email for sign in "<>\n\0"):
            raise InvalidInput(f"{self.author!r} <{self.email!r}> cannot sign a commit")
        date = f"@{int(self.authored_at.timestamp())} +0000"
        return {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", self.author), ("EMAIL", self.email), ("DATE", date))
        }


class Conflicts(Record, frozen=True):
    """Hold the paths that two sides changed differently; `tree` has both sides between markers."""

    paths: tuple[str, ...]
    tree: Sha


class Committing:
    """Write trees and commits into a git directory."""

    def __init__(self, git: Git, git_dir: Path, objects: Objects) -> None:
        self._git = git
        self._git_dir = git_dir
        self._objects = objects

    async def fill_index(self, index: Path, sha: Sha) -> None:
        """Make an index hold a commit's files, knowing nothing of a tree on disk."""
        options = GitOptions(environment={"GIT_INDEX_FILE": str(index)})
        await self._git.run(self._git_dir, "read-tree", await self._objects.tree(sha), options=options)

    async def commit_index(self, index: Path, parents: Sequence[Sha], signature: Signature) -> Sha | None:
        """Commit what an index holds; none when a single parent holds just that."""
        options = GitOptions(environment={"GIT_INDEX_FILE": str(index)})
        tree = Sha((await self._git.run(self._git_dir, "write-tree", options=options)).out.decode().strip())
        if len(parents) == 1 and tree == await self._objects.tree(parents[0]):
            return None
        await self._refuse_new_gitlinks(tree, parents)
        return await self.commit_tree(tree, parents, signature)

    async def commit_tree(self, tree: Sha, parents: Sequence[Sha], signature: Signature) -> Sha:
        """Commit a tree; the same arguments give the same name."""
        if not parents:
            raise Defect("a commit of a task needs a parent")
        if "\0" in signature.message or not signature.message.strip():
            raise InvalidInput("the message of a commit is empty or holds a NUL")
        flags = [word for parent in parents for word in ("-p", await self._objects.commit(parent))]
        message = f"{signature.message.rstrip()}\n".encode(errors="replace")
        options = GitOptions(stdin=message, environment=signature.environment())
        made = await self._git.run(self._git_dir, "commit-tree", *flags, "-F", "-", tree, options=options)
        return Sha(made.out.decode().strip())

    async def merge(self, head: Sha, base: Sha, signature: Signature) -> Sha | Conflicts:
        """Merge `base` into `head`, without a tree of files; a head that holds the base stays as it is."""
        if await self._objects.contains(head, base):
            return head
        tree = await self.merged_tree(head, base)
        return tree if isinstance(tree, Conflicts) else await self.commit_tree(tree, (head, base), signature)

    async def rebase(self, head: Sha, onto: Sha, signature: Signature) -> Sha | Conflicts:
        """Commit on top of `onto` what a merge of both would hold."""
        tree = await self.merged_tree(head, onto)
        return tree if isinstance(tree, Conflicts) else await self.commit_tree(tree, (onto,), signature)

    async def merged_tree(self, head: Sha, base: Sha) -> Sha | Conflicts:
        """Answer the tree that a merge of two commits has."""
        result = await self._git.attempt(
            self._git_dir, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", head, base
        )
        tree, *paths = result.out.decode(errors="surrogateescape").split("\0")
        if result.code == 0:
            return Sha(tree)
        if result.code == 1:
            return Conflicts(tuple(dict.fromkeys(path for path in paths if path)), Sha(tree))
        raise InvalidInput(f"{base} cannot be merged into {head}: {clean(result.messages)}")

    async def revert(self, landed: Sha, onto: Sha, tip: Sha, signature: Signature) -> Sha | Conflicts | None:
        """Take back, on top of `tip`, what came with `onto..landed`; none when nothing of it is left."""
        # Two stand-ins on one parent: their merge base is that parent, also for gits that cannot be told one.
        before, now = [await self._stand_in(commit, landed, signature) for commit in (onto, tip)]
        tree = await self.merged_tree(now, before)
        if isinstance(tree, Conflicts):
            return tree
        return None if tree == await self._objects.tree(tip) else await self.commit_tree(tree, (tip,), signature)

    async def _stand_in(self, content: Sha, parent: Sha, signature: Signature) -> Sha:
        return await self.commit_tree(await self._objects.tree(content), (parent,), signature)

    async def _refuse_new_gitlinks(self, tree: Sha, parents: Sequence[Sha]) -> None:
        new = [await self._new_gitlinks(tree, parent) for parent in parents]
        unknown = sorted(set.intersection(*new)) if new else []
        if unknown:
            raise InvalidInput(
                f"the change holds a repository inside the repository at {unknown[0]!r}",
                hint="submodules are changed by people only",
            )

    async def _new_gitlinks(self, tree: Sha, parent: Sha) -> set[str]:
        changes = await self._objects.raw_changes(await self._objects.tree(parent), tree)
        return {change.path for change in changes if change.new_mode == GITLINK}
