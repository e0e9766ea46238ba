"""What became of a merge, compared with what was checked, on real commits."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from integration.workspace.conftest import Bench
from integration.workspace.origin import SIGNED, git
from msgspec.structs import replace
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.engine.landing import Checked, Landed, Unexplained, compare
from tamma_core.workspace.committing import Conflicts, Signature


@dataclass
class Place:
    """Hold a bench whose branch `work` has two commits on the base."""

    bench: Bench
    checked: Checked

    def git(self, *arguments: str) -> str:
        """Run git in the seed's tree as the forge would."""
        return git(self.bench.origin.seed, *arguments).decode().strip()

    def commit(self, name: str, text: str) -> Sha:
        """Commit one file where the seed's tree is."""
        (self.bench.origin.seed / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", name)
        return Sha(self.git("rev-parse", "HEAD"))

    async def landed(self, *, method: MergeMethod = MergeMethod.MERGE) -> Landed | Unexplained:
        """Push what is checked out as the base, and compare it."""
        self.git("push", "-q", "--force", str(self.bench.origin.path), "HEAD:refs/heads/main")
        merged = await self.bench.workspace.fetch("main")
        return await compare(self.bench.workspace, merged, replace(self.checked, method=method))

    def head(self) -> Sha:
        """Answer what is checked out."""
        return Sha(self.git("rev-parse", "HEAD"))

    def move_base(self) -> Sha:
        """Have somebody else push to the base."""
        self.git("checkout", "-q", "main")
        return self.commit("other.txt", "theirs\n")


@pytest.fixture
async def place(bench: Bench) -> Place:
    made = Place(bench, Checked(head=bench.base, base=bench.base, method=MergeMethod.MERGE))
    made.git("checkout", "-q", "-b", "work", bench.base)
    made.commit("one.txt", "1\n")
    head = made.commit("two.txt", "2\n")
    made.git("push", "-q", str(bench.origin.path), "HEAD:refs/heads/work")
    await bench.workspace.fetch("work")
    made.git("checkout", "-q", "-B", "main", bench.base)
    made.checked = replace(made.checked, head=head)
    return made


def merge(place: Place) -> None:
    place.git("merge", "-q", "--no-ff", "-m", "merge", "work")


def squash(place: Place) -> None:
    place.git("merge", "-q", "--squash", "work")
    place.git("commit", "-qm", "squash")


def rebase(place: Place) -> None:
    place.git("-c", "core.commentChar=;", "cherry-pick", "--no-ff", f"{place.checked.base}..work")


def forward(place: Place) -> None:
    place.git("merge", "-q", "--ff-only", "work")


HOW = [
    (MergeMethod.MERGE, merge),
    (MergeMethod.SQUASH, squash),
    (MergeMethod.REBASE, rebase),
    (MergeMethod.REBASE, forward),
]


@pytest.mark.parametrize(("method", "merging"), HOW)
async def test_an_ordinary_merge_is_explained(
    place: Place, method: MergeMethod, merging: Callable[[Place], None]
) -> None:
    """Each method puts the checked head on the checked base, and nothing else."""
    merging(place)
    assert await place.landed(method=method) == Landed(place.head(), place.checked.base)


@pytest.mark.parametrize(("method", "merging"), HOW[:3])
async def test_a_base_that_moved_explains_other_files(
    place: Place, method: MergeMethod, merging: Callable[[Place], None]
) -> None:
    """What somebody pushed in between is in the merged tree, and is named as what the change was put on."""
    moved = place.move_base()
    merging(place)
    assert await place.landed(method=method) == Landed(place.head(), moved)


@pytest.mark.parametrize(("method", "merging"), HOW)
async def test_a_file_that_came_with_the_merge_is_not_explained(
    place: Place, method: MergeMethod, merging: Callable[[Place], None]
) -> None:
    """A merge, squash or rebase that brings what nobody checked is noticed, whoever made it."""
    merging(place)
    (place.bench.origin.seed / "evil.txt").write_text("unchecked\n")
    place.git("add", "-A")
    place.git("commit", "-q", "--amend", "-m", "amended")
    found = await place.landed(method=method)
    assert isinstance(found, Unexplained)


async def test_a_merge_of_another_head_is_not_explained(place: Place) -> None:
    """The second parent has to be the head that was checked, not one that has it in its history."""
    place.git("checkout", "-q", "work")
    place.commit("three.txt", "3\n")
    place.git("checkout", "-q", "main")
    merge(place)
    found = await place.landed()
    assert isinstance(found, Unexplained)
    assert "second is not the checked head" in found.reason


async def test_a_base_that_was_rewritten_is_not_explained(place: Place) -> None:
    """A base without the commit that the change was checked against is another base."""
    place.move_base()
    place.checked = replace(place.checked, base=place.head())
    await place.landed()
    place.git("reset", "-q", "--hard", place.bench.base)
    merge(place)
    found = await place.landed()
    assert isinstance(found, Unexplained)
    assert "does not contain" in found.reason


async def test_a_merge_below_later_commits_is_found(place: Place) -> None:
    """Where a forge names a later commit of the base, the merge itself is what counts."""
    merge(place)
    merged = place.head()
    place.commit("later.txt", "later\n")
    assert await place.landed() == Landed(merged, place.checked.base)


async def test_a_revert_takes_back_just_what_was_merged(place: Place) -> None:
    """Later commits stay, the same arguments give the same commit, and what is gone already gives none."""
    workspace, signature = place.bench.workspace, Signature(**SIGNED)
    rebase(place)
    landed = await place.landed(method=MergeMethod.REBASE)
    assert isinstance(landed, Landed)
    place.commit("later.txt", "later\n")
    await place.landed()
    tip = place.head()
    made = [await workspace.revert(landed.sha, landed.onto, tip, signature) for _ in range(2)]
    assert made[0] == made[1]
    assert isinstance(made[0], str)
    assert await workspace.parents(made[0]) == (tip,)
    assert {"later.txt", "one.txt", "two.txt"} & set(await workspace.list_files(made[0])) == {"later.txt"}
    assert await workspace.revert(landed.sha, landed.onto, made[0], signature) is None


async def test_a_revert_under_later_changes_of_the_same_lines_conflicts(place: Place) -> None:
    """What cannot be taken back without a decision is left to people."""
    merge(place)
    landed = await place.landed()
    assert isinstance(landed, Landed)
    tip = place.commit("one.txt", "changed\n")
    await place.landed()
    found = await place.bench.workspace.revert(landed.sha, landed.onto, tip, Signature(**SIGNED))
    assert isinstance(found, Conflicts)
    assert found.paths == ("one.txt",)
