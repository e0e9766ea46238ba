"""The forge contract on plain git, with a bare repository, and with one that has a work tree."""

import os
import pwd
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, NoReturn

import pytest
from tamma_core.domain.errors import Unsupported
from tamma_core.domain.ids import Sha
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.testing.platform_contract import PlatformContract
from tamma_core.testing.prepared_forge import PreparedForge
from tamma_platforms.plain_git.client import PlainGitOptions, PlainGitPlatform

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "writer",
    "GIT_AUTHOR_EMAIL": "writer@git.example",
    "GIT_COMMITTER_NAME": "writer",
    "GIT_COMMITTER_EMAIL": "writer@git.example",
}


OF_JOBS = (
    "test_jobs_of_a_commit_tell_how_they_ended",
    "test_the_log_of_a_job_is_its_end",
    "test_a_job_that_did_not_begin_is_pending_and_has_no_log",
    "test_a_job_whose_runner_was_lost_before_its_first_line_has_no_log",
    "test_failed_jobs_are_repeated",
    "test_a_run_that_is_not_there_cannot_be_repeated",
    "test_a_workflow_is_started",
)
OF_REVIEWS = (
    "test_review_threads_are_read",
    "test_a_review_thread_is_answered_at_its_line",
    "test_an_answer_to_a_line_that_is_gone_is_said_nearby",
    "test_a_review_thread_is_resolved",
    "test_reviews_are_requested",
)


def git(directory: Path, *arguments: str) -> str:
    command = ["git", "-C", str(directory), *arguments]
    return subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout.strip()


async def refused(*_: object, **__: object) -> NoReturn:
    raise Unsupported("there is no server")


class GitPeople:
    """Act by git from a clone beside the repository, and write Markdown files."""

    def __init__(self, platform: PlainGitPlatform, ref: RepositoryRef, directory: Path) -> None:
        self._platform = platform
        self._ref = ref
        self._clone = directory / "clone"
        self._issues = directory / "issues"
        self._issues.mkdir()
        git(directory, "clone", "--quiet", ref.path, str(self._clone))

    async def push(self, branch: str, files: Mapping[str, str], *, on: str) -> Sha:
        git(self._clone, "fetch", "--quiet", "origin")
        git(self._clone, "checkout", "--quiet", "--detach", f"origin/{on}")
        for path, text in files.items():
            (self._clone / path).parent.mkdir(parents=True, exist_ok=True)
            (self._clone / path).write_text(text)
        git(self._clone, "add", "--all")
        git(self._clone, "commit", "--quiet", "--message", "change")
        update = "--receive-pack=git -c receive.denyCurrentBranch=updateInstead receive-pack"
        git(self._clone, "push", "--quiet", update, "origin", f"HEAD:refs/heads/{branch}")
        return Sha(git(self._clone, "rev-parse", "HEAD"))

    async def open_issue(self, title: str, body: str, *, labels: tuple[str, ...] = ()) -> IssueRef:
        path = self._issues / f"issue-{len(list(self._issues.iterdir())):03}.md"
        front = f"---\nlabels: [{', '.join(labels)}]\n---\n" if labels else ""
        path.write_text(f"{front}# {title}\n\n{body}\n")
        return await self._platform.add_file(self._ref, path)

    report = review = remark = asked = add_ci = refused


class TestPlainGit(PlatformContract):
    """A bare repository."""

    bare: ClassVar = True
    gaps: ClassVar = {
        "test_checks_are_the_newest_of_each_name": "nobody reports checks to a repository without a server",
        **dict.fromkeys(OF_JOBS, "there is no server that runs jobs"),
        **dict.fromkeys(OF_REVIEWS, "nobody reviews in a repository without a server"),
        "test_labels_of_the_repository_are_listed": "labels stand in the files of issues, there is no list of them",
        "test_reviews_are_the_last_word_of_each_person": "nobody reviews in a repository without a server",
    }

    @pytest.fixture
    async def forge(self, tmp_path: Path) -> PreparedForge:
        first = tmp_path / "first"
        (first / "src").mkdir(parents=True)
        (first / "README.md").write_text("hello\n")
        (first / "src" / "app.txt").write_text("1\n")
        git(first, "init", "--quiet", "--initial-branch", "main")
        git(first, "add", "--all")
        git(first, "commit", "--quiet", "--message", "start")
        if self.bare:
            git(tmp_path, "clone", "--quiet", "--bare", str(first), "project")
        else:
            first.rename(tmp_path / "project")
        platform = PlainGitPlatform("local", options=PlainGitOptions(data_directory=tmp_path / "data"))
        ref = RepositoryRef("local", str(tmp_path / "project"))
        (tmp_path / "link").symlink_to(tmp_path / "project")
        return PreparedForge(
            platform=platform,
            issues=platform,
            repository=ref,
            detour=RepositoryRef("local", str(tmp_path / "link" / ("" if self.bare else ".git"))),
            people=GitPeople(platform, ref, tmp_path),
            writer=pwd.getpwuid(os.getuid()).pw_name,
            stranger="stranger",
        )


class TestPlainGitWithWorkTree(TestPlainGit):
    """A repository whose base branch is checked out."""

    bare: ClassVar = False
    gaps: ClassVar = {}
