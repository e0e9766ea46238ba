"""Merges made by git on the desk, without a work tree."""

from datetime import datetime
from typing import assert_never

from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.record import Record
from tamma_core.workspace.git import GitOptions

from tamma_platforms.plain_git.target import Target

_CONFLICT = 1


class Signature(Record, frozen=True, kw_only=True):
    """Name who makes a commit, and when."""

    name: str
    email: str
    at: datetime

    def environment(self) -> dict[str, str]:
        """Spell it for git."""
        date = f"{int(self.at.timestamp())} +0000"
        committer = {"GIT_COMMITTER_NAME": self.name, "GIT_COMMITTER_EMAIL": self.email, "GIT_COMMITTER_DATE": date}
        return committer | {"GIT_AUTHOR_NAME": self.name, "GIT_AUTHOR_EMAIL": self.email, "GIT_AUTHOR_DATE": date}


async def merged_tree(target: Target, ours: Sha, theirs: Sha) -> str | None:
    """Merge two commits and answer the tree, or none on a conflict."""
    result = await target.ask(
        "merge-tree",
        "--write-tree",
        "--no-messages",
        ours,
        theirs,
        options=GitOptions(accept=frozenset({0, _CONFLICT})),
    )
    return None if result.code == _CONFLICT else result.out.decode().splitlines()[0]


async def contains(target: Target, tip: Sha, commit: Sha) -> bool:
    """Tell whether a commit is part of the history of another."""
    return (await target.ask("merge-base", "--is-ancestor", commit, tip)).code == 0


async def merge_commit(
    target: Target, *, base: Sha, head: Sha, method: MergeMethod, message: str, by: Signature
) -> Sha | None:
    """Make what the base shall become, or answer none on a conflict."""
    match method:
        case MergeMethod.MERGE:
            tree = await merged_tree(target, base, head)
            return None if tree is None else await _commit(target, tree, (base, head), message, by.environment())
        case MergeMethod.SQUASH:
            tree = await merged_tree(target, base, head)
            return None if tree is None else await _commit(target, tree, (base,), message, by.environment())
        case MergeMethod.REBASE:
            return await _rebased(target, base, head, by)
        case _:
            assert_never(method)


async def _rebased(target: Target, base: Sha, head: Sha, by: Signature) -> Sha | None:
    listed = await target.run("rev-list", "--reverse", "--topo-order", "--no-merges", f"{base}..{head}")
    tip = base
    for line in listed.decode().split():
        picked = await _picked(target, tip, Sha(line), by)
        if picked is None:
            return None
        tip = picked
    return tip


async def _picked(target: Target, tip: Sha, commit: Sha, by: Signature) -> Sha | None:
    """Put one commit on top of another.

    The tip's tree on top of the commit's parent has that parent as its merge base with the commit, which is the
    three-way merge of a cherry-pick, also for gits that cannot be told a merge base.
    """
    parent = (await target.run("rev-parse", "--verify", f"{commit}^")).decode().strip()
    stand_in = await _commit(target, f"{tip}^{{tree}}", (Sha(parent),), "", by.environment())
    tree = await merged_tree(target, stand_in, commit)
    if tree is None:
        return None
    if tree == (await target.run("rev-parse", f"{tip}^{{tree}}")).decode().strip():
        return tip
    raw = (await target.run("log", "-1", "--format=%an%x00%ae%x00%ad%x00%B", "--date=raw", commit)).decode(
        errors="replace"
    )
    name, email, date, message = raw.split("\0", 3)
    author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date}
    return await _commit(target, tree, (tip,), message, by.environment() | author)


async def _commit(
    target: Target, tree: str, parents: tuple[Sha, ...], message: str, environment: dict[str, str]
) -> Sha:
    named = [part for parent in parents for part in ("-p", parent)]
    tree_id = (await target.run("rev-parse", "--verify", tree)).decode().strip()
    options = GitOptions(stdin=f"{message.strip()}\n".encode(), environment=environment)
    return Sha((await target.run("commit-tree", tree_id, *named, options=options)).decode().strip())
