"""Merges on plain git: with a work tree in use, with hooks, after a crash, and two at once."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace
from tamma_core.domain.errors import HeadMoved, InvalidInput, NotFound, Unsupported
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    HeadChanged,
    Mergeable,
    Merged,
    MergeMethod,
    MergeResult,
    PullRequestDraft,
    PullRequestState,
    Refused,
)
from tamma_core.domain.record import Record
from tamma_core.domain.repository import IssueFilters, IssueState, Permission, RepositoryRef
from tamma_platforms.plain_git.client import PlainGitOptions, PlainGitPlatform
from tamma_platforms.plain_git.records import PlannedMerge

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "person",
    "GIT_AUTHOR_EMAIL": "person@git.example",
    "GIT_COMMITTER_NAME": "person",
    "GIT_COMMITTER_EMAIL": "person@git.example",
}


class Project(Record, frozen=True):
    """A repository with a work tree on `main`, and a change on `tamma/1` with an open pull request."""

    directory: Path
    platform: PlainGitPlatform
    ref: RepositoryRef
    head: Sha

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.directory), *arguments]
        return subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, path: str, text: str) -> Sha:
        (self.directory / path).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"change {path}")
        return Sha(self.git("rev-parse", "HEAD"))

    async def merge(self, method: MergeMethod = MergeMethod.MERGE) -> MergeResult:
        return await self.platform.merge_pull_request(
            self.ref, 1, head_sha=self.head, method=method, message="Merge it\n\nBecause."
        )


@pytest.fixture
async def project(tmp_path: Path) -> Project:
    directory = tmp_path / "project"
    directory.mkdir()
    platform = PlainGitPlatform("local", options=PlainGitOptions(data_directory=tmp_path / "data"))
    ref = RepositoryRef("local", str(directory))
    made = Project(directory, platform, ref, Sha(""))
    made.git("init", "--quiet", "--initial-branch", "main")
    made.commit("app.txt", "1\n")
    made.git("checkout", "--quiet", "-b", "tamma/1")
    head = made.commit("app.txt", "2\n")
    made.git("checkout", "--quiet", "main")
    await platform.create_pull_request(ref, PullRequestDraft(head="tamma/1", base="main", title="t", body="b"))
    return replace(made, head=head)


async def test_clean_work_tree_moves_with_its_branch(project: Project) -> None:
    """After the merge the checked-out files are the merged ones and nothing looks changed."""
    assert isinstance(await project.merge(), Merged)
    assert (project.directory / "app.txt").read_text() == "2\n"
    assert project.git("status", "--porcelain") == ""


async def test_work_in_progress_is_never_touched(project: Project) -> None:
    """With an uncommitted change the merge is refused with what to do, and file and branch stay."""
    before = project.git("rev-parse", "main")
    (project.directory / "app.txt").write_text("mine\n")
    refused = await project.merge()
    assert isinstance(refused, Refused)
    assert not refused.transient
    assert "commit or stash" in refused.reason
    assert (project.directory / "app.txt").read_text() == "mine\n"
    assert project.git("rev-parse", "main") == before
    (project.directory / "app.txt").write_text("1\n")
    assert isinstance(await project.merge(), Merged)


async def test_untracked_file_is_never_overwritten(project: Project) -> None:
    """A file of the user's in the way of a new one of the change stops the merge."""
    project.git("checkout", "--quiet", "tamma/1")
    head = project.commit("new.txt", "theirs\n")
    project.git("checkout", "--quiet", "main")
    (project.directory / "new.txt").write_text("mine\n")
    assert isinstance(await replace(project, head=head).merge(), Refused)
    assert (project.directory / "new.txt").read_text() == "mine\n"


async def test_hook_of_the_repository_may_decline(project: Project) -> None:
    """The repository's own `update` hook decides like a server's."""
    hook = project.directory / ".git" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not on a saturday >&2\nexit 1\n")
    hook.chmod(0o755)
    before = project.git("rev-parse", "main")
    refused = await project.merge()
    assert isinstance(refused, Refused)
    assert not refused.transient
    assert project.git("rev-parse", "main") == before


async def test_planned_merge_that_landed_is_not_repeated(project: Project) -> None:
    """Killed between the push and the note: the next attempt finds the merge, and the base stays."""
    merged = await project.merge()
    assert isinstance(merged, Merged)
    store = project.platform.place(project.ref).store
    record = store.pull_request(1)
    assert record is not None
    planned = PlannedMerge(sha=merged.sha, head_sha=project.head)
    store.save_pull_request(replace(record, state=PullRequestState.OPEN, merge_sha=None, planned=planned))
    project.commit("later.txt", "x\n")
    tip = project.git("rev-parse", "main")
    assert await project.merge() == merged
    assert project.git("rev-parse", "main") == tip


async def test_planned_merge_that_did_not_land_is_made_again(project: Project) -> None:
    """Killed before the push: the plan alone is no merge."""
    store = project.platform.place(project.ref).store
    record = store.pull_request(1)
    assert record is not None
    store.save_pull_request(replace(record, planned=PlannedMerge(sha=Sha("1" * 40), head_sha=project.head)))
    merged = await project.merge()
    assert isinstance(merged, Merged)
    assert project.git("rev-parse", "main") == merged.sha


async def test_two_merges_at_once_make_one(project: Project) -> None:
    """Both answer the same commit, whose parents are the base and the head."""
    base = project.git("rev-parse", "main")
    other = PlainGitPlatform("local", options=PlainGitOptions(data_directory=project.directory.parent / "data"))
    first, second = await asyncio.gather(project.merge(), replace(project, platform=other).merge())
    assert first == second
    assert isinstance(first, Merged)
    assert project.git("log", "-1", "--format=%P", first.sha).split() == [base, project.head]


async def test_merge_made_by_a_person_is_noticed(project: Project) -> None:
    """Somebody merged the branch by hand: it is merged, and nothing is pushed."""
    project.git("merge", "--quiet", "--no-ff", "-m", "by hand", "tamma/1")
    tip = project.git("rev-parse", "main")
    assert await project.merge() == Merged(sha=Sha(tip))
    assert project.git("rev-parse", "main") == tip


@pytest.mark.parametrize("method", [MergeMethod.SQUASH, MergeMethod.REBASE])
async def test_shape_of_the_history(project: Project, method: MergeMethod) -> None:
    """A squash is one commit with our message; a rebase keeps the messages and authors, on a line."""
    project.git("checkout", "--quiet", "tamma/1")
    head = project.commit("second.txt", "2\n")
    project.git("checkout", "--quiet", "main")
    base = project.commit("other.txt", "x\n")
    merged = await replace(project, head=head).merge(method)
    assert isinstance(merged, Merged)
    listed = project.git("log", "--format=%an %s", f"{base}..{merged.sha}").splitlines()
    squash = method is MergeMethod.SQUASH
    assert listed == (["Tamma Merge it"] if squash else ["person change second.txt", "person change app.txt"])
    assert project.git("rev-list", "--merges", merged.sha) == ""
    assert (project.directory / "other.txt").exists()


async def test_base_moves_only_from_where_the_merge_was_made(project: Project) -> None:
    """Somebody commits to the base between the merge and its push: the push is refused, theirs stays."""
    target = project.platform.place(project.ref).target
    before = Sha(project.git("rev-parse", "main"))
    theirs = project.commit("theirs.txt", "x\n")
    await target.sync()
    with pytest.raises(HeadMoved):
        await target.push("main", project.head, before, update_tree=True)
    assert project.git("rev-parse", "main") == theirs


async def test_patch_follows_the_head(project: Project) -> None:
    """What a person reads before approving is the change at the present head."""
    path = project.platform.place(project.ref).store.patch_path(1)
    assert "+2\n" in path.read_text()
    project.git("checkout", "--quiet", "tamma/1")
    project.commit("app.txt", "3\n")
    read = await project.platform.get_pull_request(project.ref, 1)
    assert "+3\n" in path.read_text()
    assert read.mergeable is Mergeable.YES
    assert await project.merge() == HeadChanged(actual=read.head_sha)


async def test_checked_out_branch_is_not_removed_or_moved_by_us(project: Project) -> None:
    """The branch that a person is on is theirs: git refuses to remove it, and the branch stays."""
    project.git("checkout", "--quiet", "tamma/1")
    with pytest.raises(Exception, match="tamma/1"):
        await project.platform.delete_branch(project.ref, "tamma/1", project.head)
    assert project.git("rev-parse", "tamma/1") == project.head


async def test_tasks_given_as_text(project: Project) -> None:
    """The same text is one issue, an empty one is refused, and it can be closed and found again."""
    platform, ref = project.platform, project.ref
    first = await platform.add_task(ref, "Fix the sum\n\nIt is off by one.\n")
    assert first == await platform.add_task(ref, "Fix the sum\n\nIt is off by one.")
    issue = await platform.get_issue(first)
    assert (issue.title, issue.body) == ("Fix the sum", "Fix the sum\n\nIt is off by one.")
    with pytest.raises(InvalidInput):
        await platform.add_task(ref, " \n")
    await platform.close_issue(first)
    assert not await platform.list_issues(ref, IssueFilters())
    assert len(await platform.list_issues(ref, IssueFilters(state=IssueState.CLOSED))) == 1


async def test_two_files_of_one_name_are_told_apart(project: Project, tmp_path: Path) -> None:
    """A second file whose name is taken is refused, and a missing one is `NotFound`."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "bug.md").write_text("# T\n")
    await project.platform.add_file(project.ref, tmp_path / "a" / "bug.md")
    with pytest.raises(InvalidInput):
        await project.platform.add_file(project.ref, tmp_path / "b" / "bug.md")
    with pytest.raises(NotFound):
        await project.platform.add_file(project.ref, tmp_path / "none.md")


async def test_only_we_may_write(project: Project) -> None:
    """The account that runs the program is the only writer, whatever the environment says it is called."""
    me = await project.platform.current_user()
    assert await project.platform.get_permission(project.ref, me) is Permission.WRITE
    assert await project.platform.get_permission(project.ref, f"{me}x") is Permission.NONE


async def test_places_that_are_no_repository(project: Project, tmp_path: Path) -> None:
    """A directory without a repository is `NotFound`, and an unknown protocol `Unsupported`."""
    (tmp_path / "void").mkdir()
    with pytest.raises(NotFound):
        await project.platform.get_repository(RepositoryRef("local", str(tmp_path / "void")))
    with pytest.raises(Unsupported):
        await project.platform.get_repository(RepositoryRef("local", "ext::sh://x"))


async def test_empty_repository_is_told(project: Project, tmp_path: Path) -> None:
    """A repository without a commit has no branch, and is described as empty."""
    project.git("init", "--quiet", "--bare", str(tmp_path / "void.git"))
    ref = RepositoryRef("local", str(tmp_path / "void.git"))
    assert (await project.platform.get_repository(ref)).empty
    assert await project.platform.get_branch(ref, "main") is None
