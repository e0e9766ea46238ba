"""Compare what became of a merge with what was checked."""

from collections.abc import Sequence

from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.record import Record
from tamma_core.workspace.workspace import Workspace

MOST_COMMITS = 200
"""How far back from the merged commit the place is looked for where the change was put on the base."""


class Checked(Record, frozen=True, kw_only=True):
    """Say what the gate let pass, and how it was to be merged."""

    head: Sha
    base: Sha
    method: MergeMethod


class Landed(Record, frozen=True):
    """The change is in the base as `sha`, put on top of `onto`, and nothing else came with it."""

    sha: Sha
    onto: Sha


class Unexplained(Record, frozen=True):
    """What was merged is not what was checked, and no movement of the base explains it."""

    reason: str


async def compare(workspace: Workspace, merged: Sha, checked: Checked) -> Landed | Unexplained:
    """Explain a merged commit by the checked head and the base's commits alone, or say what is not explained."""
    if not await workspace.contains(merged, checked.base):
        return Unexplained(f"it does not contain {checked.base[:12]}, the base that the change was checked against")
    chain = await workspace.first_parents(merged, checked.base, limit=MOST_COMMITS)
    for commit in reversed(chain):
        if await workspace.contains(commit, checked.head):
            return await _merge_of(workspace, commit, checked)
    return await _copy_of(workspace, merged, chain, checked)


async def _merge_of(workspace: Workspace, commit: Sha, checked: Checked) -> Landed | Unexplained:
    """Explain the first commit of the base that has our head in its history."""
    if commit == checked.head:
        return Landed(commit, checked.base)
    parents = await workspace.parents(commit)
    if parents[1:] != (checked.head,):
        names = ", ".join(parent[:12] for parent in parents)
        return Unexplained(f"{commit[:12]} has the parents {names}, and the second is not the checked head alone")
    if await workspace.same_merge(parents[0], checked.head, commit):
        return Landed(commit, parents[0])
    return Unexplained(f"the files of {commit[:12]} are not those of {parents[0][:12]} with the checked head merged")


async def _copy_of(workspace: Workspace, merged: Sha, chain: Sequence[Sha], checked: Checked) -> Landed | Unexplained:
    """Explain a squash by its one parent, and a rebase by the earliest commit that all of our commits can sit on."""
    parents = await workspace.parents(merged)
    if len(parents) != 1:
        return Unexplained(f"{merged[:12]} is a merge of {len(parents)} parents, none of which is the checked head")
    rebased = (checked.base, *reversed(chain[1:])) if checked.method is MergeMethod.REBASE else ()
    for onto in dict.fromkeys((*rebased, parents[0])):
        if await workspace.same_merge(onto, checked.head, merged):
            return Landed(merged, onto)
    return Unexplained(f"its files are not those of {parents[0][:12]} with the checked head merged")
