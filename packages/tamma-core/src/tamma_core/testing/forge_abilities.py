"""What a forge must do that has an ability which not every forge has.

One without it declares each case as a gap: the case then fails with `Unsupported`.
"""

import pytest
from msgspec.structs import replace

from tamma_core.domain.ci_job import Job, JobResult
from tamma_core.domain.errors import NotFound, TammaError, Unsupported
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import PullRequest
from tamma_core.domain.repository import IssueState
from tamma_core.ports.git_platform import (
    GitPlatform,
    KeepsLogs,
    KeepsReviewThreads,
    ListsLabels,
    ReopensIssues,
    RequestsReviews,
    RerunsJobs,
    TriggersCI,
)
from tamma_core.testing.prepared_forge import ForgeCases, PreparedForge

_LOG_BYTES = 65_536


class ForgeAbilities(ForgeCases):
    """Check reopening, labels, jobs, threads and requests for reviews."""

    async def test_closed_issue_is_opened_again(self, forge: PreparedForge) -> None:
        """A tracker that can open issues again does so once and twice, and says that they are open."""
        if not isinstance(forge.issues, ReopensIssues):
            raise Unsupported("this tracker does not open issues again")
        ref = await forge.people.open_issue("done too early", "")
        await forge.issues.close_issue(ref)
        for _ in range(2):
            await forge.issues.reopen_issue(ref)
        assert (await forge.issues.get_issue(ref)).state is IssueState.OPEN

    async def test_labels_of_the_repository_are_listed(self, forge: PreparedForge) -> None:
        """What was made for an issue is in the list, over all pages."""
        if not isinstance(forge.platform, ListsLabels):
            raise Unsupported("this forge keeps no list of labels")
        labels = tuple(f"area/{number}" for number in range(60))
        await forge.people.open_issue("T", "b", labels=labels)
        assert set(labels) <= set(await forge.platform.list_labels(forge.repository))

    async def test_jobs_of_a_commit_tell_how_they_ended(self, forge: PreparedForge) -> None:
        """A failed job is red, names the check that tells so, and is of this commit alone."""
        before = await self.tip(forge)
        assert not await _logs(forge.platform).list_jobs(forge.repository, before)
        sha = await forge.people.add_ci("tamma/1", "the answer is 41", on=forge.base)
        job = await self.ended(forge, sha)
        assert (job.result, job.attempt) == (JobResult.FAILURE, 1)
        assert set(job.checks) & {check.name for check in await forge.platform.get_checks(forge.repository, sha)}
        assert not await _logs(forge.platform).list_jobs(forge.repository, before)

    async def test_the_log_of_a_job_is_its_end(self, forge: PreparedForge) -> None:
        """The log holds what the job said, and of a long one the end, in bytes."""
        read = _logs(forge.platform).get_job_log
        sha = await forge.people.add_ci("tamma/1", "the answer is 41 \u20ac", on=forge.base)
        job = await self.ended(forge, sha)
        log = await read(forge.repository, job.id, limit_bytes=_LOG_BYTES)
        assert "the answer is 41 \u20ac" in log
        short = await read(forge.repository, job.id, limit_bytes=20)
        assert 0 < len(short) <= 20
        assert log.endswith(short)

    async def test_a_job_that_did_not_begin_is_pending_and_has_no_log(self, forge: PreparedForge) -> None:
        """A job that waits has not ended, and an empty log is no error."""
        platform = _logs(forge.platform)
        sha = await forge.people.add_ci("tamma/1", "never said", on=forge.base, held=True)
        job = await self.job(forge, sha)
        assert not job.ended
        assert await platform.get_job_log(forge.repository, job.id, limit_bytes=_LOG_BYTES) == ""

    async def test_a_job_whose_runner_was_lost_before_its_first_line_has_no_log(self, forge: PreparedForge) -> None:
        """The job is known and its log is empty, as often as it is asked for; nothing else suffers."""
        platform = _logs(forge.platform)
        sha = await forge.people.add_ci("tamma/1", "never said", on=forge.base, silent=True)

        async def taken() -> bool:
            return (await self.job(forge, sha)).attempt == 1

        await self.until(forge, taken)
        job = await self.job(forge, sha)
        for _ in range(4):
            assert await platform.get_job_log(forge.repository, job.id, limit_bytes=_LOG_BYTES) == ""
        assert (await self.job(forge, sha)).id == job.id

    async def test_failed_jobs_are_repeated(self, forge: PreparedForge) -> None:
        """The same job runs again at the same commit, as its next attempt; asking twice at once is no error."""
        if not isinstance(forge.platform, RerunsJobs):
            raise Unsupported("this forge repeats no jobs")
        sha = await forge.people.add_ci("tamma/1", "the answer is 41", on=forge.base)
        first = await self.ended(forge, sha)
        for _ in range(2):
            await forge.platform.rerun_failed_jobs(forge.repository, first.run)
        again = await self.ended(forge, sha, attempt=2)
        assert (again.run, again.name, again.result) == (first.run, first.name, JobResult.FAILURE)

    async def test_a_run_that_is_not_there_cannot_be_repeated(self, forge: PreparedForge) -> None:
        """The refusal is one of our errors, so that the failure is taken as it is."""
        if not isinstance(forge.platform, RerunsJobs):
            raise Unsupported("this forge repeats no jobs")
        with pytest.raises(TammaError):
            await forge.platform.rerun_failed_jobs(forge.repository, "999999")

    async def test_a_workflow_is_started(self, forge: PreparedForge) -> None:
        """Started by hand it reports a check of its own at the branch's commit; one that is not there is `NotFound`."""
        platform = forge.platform
        if not isinstance(platform, TriggersCI):
            raise Unsupported("this forge starts no workflows")
        sha = await forge.people.add_ci(forge.base, "the answer is 41", on=forge.base)
        await self.ended(forge, sha)
        before = {check.name for check in await forge.platform.get_checks(forge.repository, sha)}
        await platform.trigger_ci(forge.repository, workflow=forge.workflow, ref=forge.base)

        async def started() -> bool:
            return before < {check.name for check in await forge.platform.get_checks(forge.repository, sha)}

        await self.until(forge, started)
        with pytest.raises(NotFound):
            await platform.trigger_ci(forge.repository, workflow="no-such.yml", ref=forge.base)

    async def test_review_threads_are_read(self, forge: PreparedForge) -> None:
        """A remark at a line is an open thread that says where, who, what and about which commit."""
        platform = _threads(forge.platform)
        made = await self.changed(forge)
        assert not await platform.list_review_threads(forge.repository, made.number)
        for line, said in ((2, "why two?"), (1, "why one?")):
            await forge.people.remark(made.number, "src/app.txt", line, said)
        first, second = await platform.list_review_threads(forge.repository, made.number)
        assert (first.path, first.line, first.old_side) == ("src/app.txt", 2, False)
        assert (first.author, first.remarks[0].body) == (forge.writer, "why two?")
        assert (first.commit, first.resolved) == (made.head_sha, False)
        assert (second.line, second.remarks[0].body) == (1, "why one?")

    async def test_a_review_thread_is_answered_at_its_line(self, forge: PreparedForge) -> None:
        """The answer stands at the same line, from our account."""
        platform = _threads(forge.platform)
        made = await self.changed(forge)
        await forge.people.remark(made.number, "src/app.txt", 2, "why two?")
        (thread,) = await platform.list_review_threads(forge.repository, made.number)
        await platform.answer_review_thread(forge.repository, made.number, thread, "because of one")
        account = await forge.platform.current_user()
        said = [
            (one.path, one.line, remark.author, remark.body)
            for one in await platform.list_review_threads(forge.repository, made.number)
            for remark in one.remarks
        ]
        assert ("src/app.txt", 2, forge.writer, "why two?") in said
        assert ("src/app.txt", 2, account, "because of one") in said

    async def test_an_answer_to_a_line_that_is_gone_is_said_nearby(self, forge: PreparedForge) -> None:
        """Where the commit has no such line any more the answer is not lost."""
        platform = _threads(forge.platform)
        made = await self.changed(forge)
        await forge.people.remark(made.number, "src/app.txt", 2, "why two?")
        (thread,) = await platform.list_review_threads(forge.repository, made.number)
        await platform.answer_review_thread(forge.repository, made.number, replace(thread, line=4000), "it is gone")
        threads = await platform.list_review_threads(forge.repository, made.number)
        comments = await forge.platform.list_pr_comments(forge.repository, made.number)
        said = [remark.body for one in threads for remark in one.remarks] + [comment.body for comment in comments]
        assert len([text for text in said if "it is gone" in text]) == 1

    async def test_a_review_thread_is_resolved(self, forge: PreparedForge) -> None:
        """Resolved once or twice, it is resolved, and no other is."""
        platform = _threads(forge.platform)
        made = await self.changed(forge)
        for line in (1, 2):
            await forge.people.remark(made.number, "src/app.txt", line, f"why {line}?")
        thread, _ = await platform.list_review_threads(forge.repository, made.number)
        for _ in range(2):
            await platform.resolve_review_thread(forge.repository, made.number, thread)
        read = await platform.list_review_threads(forge.repository, made.number)
        assert [(one.id == thread.id, one.resolved) for one in read] == [(True, True), (False, False)]

    async def test_reviews_are_requested(self, forge: PreparedForge) -> None:
        """Whom we ask is asked, also after a review and also twice; an unknown name is one of our errors."""
        platform = forge.platform
        if not isinstance(platform, RequestsReviews):
            raise Unsupported("this forge asks nobody for a review")
        made = await self.changed(forge)
        await forge.people.remark(made.number, "src/app.txt", 1, "why?")
        assert list(await forge.people.asked(made.number)) == []
        for _ in range(2):
            await platform.request_review(forge.repository, made.number, (forge.writer,))
            assert list(await forge.people.asked(made.number)) == [forge.writer]
        with pytest.raises(NotFound):
            await platform.request_review(forge.repository, made.number, ("nobody-of-this-name",))

    async def changed(self, forge: PreparedForge) -> PullRequest:
        """Open a pull request that changes two lines."""
        await forge.people.push("tamma/1", {"src/app.txt": "2\n3\n"}, on=forge.base)
        return await self.open(forge, "tamma/1")

    async def job(self, forge: PreparedForge, sha: Sha) -> Job:
        """Answer the one job at a commit, as soon as there is one."""
        await self.until(forge, lambda: _has_jobs(forge, sha))
        (job,) = await _logs(forge.platform).list_jobs(forge.repository, sha)
        return job

    async def ended(self, forge: PreparedForge, sha: Sha, *, attempt: int = 1) -> Job:
        """Answer the one job at a commit, once this attempt of it, or a later one, has ended."""

        async def is_over() -> bool:
            job = await self.job(forge, sha)
            return job.ended and job.attempt >= attempt

        await self.until(forge, is_over)
        return await self.job(forge, sha)


def _logs(platform: GitPlatform) -> KeepsLogs:
    if not isinstance(platform, KeepsLogs):
        raise Unsupported("this forge keeps no logs of jobs")
    return platform


def _threads(platform: GitPlatform) -> KeepsReviewThreads:
    if not isinstance(platform, KeepsReviewThreads):
        raise Unsupported("this forge keeps no threads of reviewers")
    return platform


async def _has_jobs(forge: PreparedForge, sha: Sha) -> bool:
    return bool(await _logs(forge.platform).list_jobs(forge.repository, sha))
