"""What every forge must do: run it by a subclass that provides the fixture `forge`.

    class TestMyForge(PlatformContract):
        gaps: ClassVar = {"test_checks_are_the_newest_of_each_name": "this forge has no checks"}

        @pytest.fixture
        async def forge(self): ...

A gap is strict: a test named there must fail with `Unsupported`, so that a gap which is closed is struck from the list.
"""

import asyncio

import pytest

from tamma_core.domain.errors import AlreadyExists, HeadMoved, NotFound
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    CheckState,
    HeadChanged,
    Mergeable,
    Merged,
    MergeMethod,
    MergeResult,
    PullRequestState,
    PullRequestUpdate,
    Refused,
    ReviewVerdict,
    Submitted,
)
from tamma_core.domain.repository import IssueFilters, IssueRef, IssueState, Permission, RepositoryRef
from tamma_core.testing.forge_abilities import ForgeAbilities
from tamma_core.testing.prepared_forge import PreparedForge

ABSENT = Sha("0123456789012345678901234567890123456789")


class PlatformContract(ForgeAbilities):
    """Check one adapter; each test gets a forge of its own or a repository of its own."""

    async def test_initialize_is_idempotent_and_knows_our_account(self, forge: PreparedForge) -> None:
        """A second `initialize` changes nothing, and the account has a name."""
        await forge.platform.initialize()
        await forge.platform.initialize()
        assert await forge.platform.current_user()
        assert forge.platform.get_capabilities().merge_head_guard.supported

    async def test_repository_is_described(self, forge: PreparedForge) -> None:
        """The default branch is known, and the repository is neither empty nor archived."""
        described = await forge.platform.get_repository(forge.repository)
        assert described.ref == forge.repository
        assert described.default_branch == forge.base
        assert not described.empty
        assert not described.archived

    async def test_repository_has_one_name(self, forge: PreparedForge) -> None:
        """Whatever way led to a repository, it is called by the forge's own spelling."""
        assert (await forge.platform.get_repository(forge.detour)).ref == forge.repository

    async def test_missing_repository_is_not_found(self, forge: PreparedForge) -> None:
        """A repository that is not there is `NotFound`, never another error."""
        missing = RepositoryRef(forge.repository.forge, f"{forge.repository.path}-missing")
        with pytest.raises(NotFound):
            await forge.platform.get_repository(missing)

    async def test_branch_is_read_or_none(self, forge: PreparedForge) -> None:
        """A branch answers its commit; one that is not there answers none."""
        tip = await self.tip(forge)
        assert len(tip) == 40
        assert await forge.platform.get_branch(forge.repository, "no/such") is None

    async def test_create_branch_finds_or_creates(self, forge: PreparedForge) -> None:
        """A branch with slashes is made once, found the second time, and never moved."""
        tip = await self.tip(forge)
        for _ in range(2):
            made = await forge.platform.create_branch(forge.repository, "tamma/issue/1", tip)
            assert (made.name, made.sha) == ("tamma/issue/1", tip)
        other = await forge.people.push("other", {"a.txt": "1\n"}, on=forge.base)
        with pytest.raises(AlreadyExists):
            await forge.platform.create_branch(forge.repository, "tamma/issue/1", other)

    async def test_create_branch_at_a_missing_commit_is_not_found(self, forge: PreparedForge) -> None:
        """A commit that the forge does not have is named as missing, not as an outage."""
        with pytest.raises(NotFound):
            await forge.platform.create_branch(forge.repository, "tamma/lost", ABSENT)
        assert await forge.platform.get_branch(forge.repository, "tamma/lost") is None

    async def test_delete_branch_is_guarded_and_idempotent(self, forge: PreparedForge) -> None:
        """A branch that moved stays; one where it was expected goes; one that is gone is no error."""
        tip = await self.tip(forge)
        sha = await forge.people.push("tamma/old", {"a.txt": "1\n"}, on=forge.base)
        with pytest.raises(HeadMoved):
            await forge.platform.delete_branch(forge.repository, "tamma/old", tip)
        assert await forge.platform.get_branch(forge.repository, "tamma/old") is not None
        for _ in range(2):
            await forge.platform.delete_branch(forge.repository, "tamma/old", sha)
        assert await forge.platform.get_branch(forge.repository, "tamma/old") is None

    async def test_files_are_read_at_a_ref(self, forge: PreparedForge) -> None:
        """Bytes come from the named branch or commit; a missing file, directory or ref is none."""
        tip = await self.tip(forge)
        sha = await forge.people.push("feature/x", {"README.md": "changed\n"}, on=forge.base)
        read = forge.platform.get_file
        assert await read(forge.repository, "README.md", forge.base) == forge.readme
        assert await read(forge.repository, "README.md", tip) == forge.readme
        assert await read(forge.repository, "README.md", "feature/x") == b"changed\n"
        assert await read(forge.repository, "README.md", sha) == b"changed\n"
        for path, ref in (
            ("none.md", forge.base),
            ("src", forge.base),
            ("README.md", "no/such"),
            ("README.md", ABSENT),
        ):
            assert await read(forge.repository, path, ref) is None

    async def test_files_of_a_directory_are_listed(self, forge: PreparedForge) -> None:
        """Only files directly inside are listed, with their whole path."""
        listed = forge.platform.list_files
        assert list(await listed(forge.repository, "src", forge.base)) == ["src/app.txt"]
        assert "README.md" in await listed(forge.repository, "", forge.base)
        for directory, ref in (("README.md", forge.base), ("none", forge.base), ("src", "no/such")):
            assert not await listed(forge.repository, directory, ref)

    async def test_an_unprotected_branch_has_no_rules(self, forge: PreparedForge) -> None:
        """No rules are read as no rules."""
        rules = await forge.platform.get_branch_protection(forge.repository, forge.base)
        assert (rules.required_checks, rules.required_approvals) == ((), 0)

    async def test_permission_is_certain_or_none(self, forge: PreparedForge) -> None:
        """The writer may write; a stranger, an unknown name and no name may not."""
        ask = forge.platform.get_permission
        assert (await ask(forge.repository, forge.writer)).may_write
        for user in (forge.stranger, "nobody-of-this-name", "", "../x"):
            assert not (await ask(forge.repository, user)).may_write
        assert await ask(forge.repository, "nobody-of-this-name") is Permission.NONE

    async def test_git_remote_has_no_secret_in_its_url(self, forge: PreparedForge) -> None:
        """The token is told apart from the URL."""
        remote = await forge.platform.git_remote(forge.repository)
        assert remote.url
        assert "@" not in remote.url
        assert remote.secret is None or remote.secret.get_secret_value() not in remote.url

    async def test_create_pull_request_finds_or_creates(self, forge: PreparedForge) -> None:
        """Asked twice, there is one pull request, with the text of the first time."""
        sha = await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        first = await self.open(forge, "tamma/1", title="Change a thing", body="Because.\n\n`x`")
        second = await self.open(forge, "tamma/1", title="Another title")
        assert first.number == second.number
        read = await forge.platform.get_pull_request(forge.repository, first.number)
        assert (read.title, read.body.strip()) == ("Change a thing", "Because.\n\n`x`")
        assert (read.head, read.head_sha, read.base) == ("tamma/1", sha, forge.base)
        assert (read.state, read.draft, read.merge_sha) == (PullRequestState.OPEN, False, None)
        assert read.author == await forge.platform.current_user()

    async def test_create_pull_request_at_once_twice_makes_one(self, forge: PreparedForge) -> None:
        """Two at the same moment agree on one pull request."""
        await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        made = await asyncio.gather(*(self.open(forge, "tamma/1") for _ in range(2)))
        assert made[0].number == made[1].number

    async def test_pull_request_without_its_branch_is_not_found(self, forge: PreparedForge) -> None:
        """A head that was never pushed is named as missing."""
        with pytest.raises(NotFound):
            await self.open(forge, "never/pushed")

    async def test_missing_pull_request_is_not_found(self, forge: PreparedForge) -> None:
        """A number that does not exist is `NotFound`."""
        with pytest.raises(NotFound):
            await forge.platform.get_pull_request(forge.repository, 999_999)

    async def test_find_pull_request_answers_the_newest_in_any_state(self, forge: PreparedForge) -> None:
        """None before, the closed one after closing, and the newer one once there are two."""
        find = forge.platform.find_pull_request
        await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        assert await find(forge.repository, head="tamma/1", base=forge.base) is None
        first = await self.open(forge, "tamma/1")
        closed = await forge.platform.update_pull_request(
            forge.repository, first.number, PullRequestUpdate(state=PullRequestState.CLOSED)
        )
        assert closed.state is PullRequestState.CLOSED
        found = await find(forge.repository, head="tamma/1", base=forge.base)
        assert found is not None
        assert (found.number, found.state) == (first.number, PullRequestState.CLOSED)
        second = await self.open(forge, "tamma/1")
        assert second.number != first.number
        newest = await find(forge.repository, head="tamma/1", base=forge.base)
        assert newest is not None
        assert newest.number == second.number

    async def test_open_pull_requests_are_listed(self, forge: PreparedForge) -> None:
        """Those that are open, of whatever base, and no others."""
        before = {one.number for one in await forge.platform.list_open_pull_requests(forge.repository)}
        await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        opened = await self.open(forge, "tamma/1")
        listed = {one.number: one for one in await forge.platform.list_open_pull_requests(forge.repository)}
        assert set(listed) == before | {opened.number}
        assert (listed[opened.number].head, listed[opened.number].author) == (opened.head, opened.author)
        closing = PullRequestUpdate(state=PullRequestState.CLOSED)
        await forge.platform.update_pull_request(forge.repository, opened.number, closing)
        left = {one.number for one in await forge.platform.list_open_pull_requests(forge.repository)}
        assert left == before

    async def test_update_pull_request_changes_only_what_is_named(self, forge: PreparedForge) -> None:
        """A new body leaves the title, and a new title the body."""
        await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        made = await self.open(forge, "tamma/1", title="Old", body="old")
        update = forge.platform.update_pull_request
        changed = await update(forge.repository, made.number, PullRequestUpdate(body="new"))
        assert (changed.title, changed.body) == ("Old", "new")
        changed = await update(forge.repository, made.number, PullRequestUpdate(title="New"))
        assert (changed.title, changed.body) == ("New", "new")

    async def test_status_follows_the_head(self, forge: PreparedForge) -> None:
        """After a push the status is of the new head, and a mergeable change is told so."""
        await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        made = await self.open(forge, "tamma/1")
        sha = await forge.people.push("tamma/1", {"src/app.txt": "3\n"}, on="tamma/1")
        await self.until(forge, lambda: self.head_is(forge, made.number, sha))
        await self.until(forge, lambda: self.mergeable_is(forge, made.number, Mergeable.YES))

    async def test_a_conflict_is_told(self, forge: PreparedForge) -> None:
        """Both sides changed one line: sooner or later the answer is a conflict, never that it can be merged."""
        await forge.people.push("tamma/1", {"src/app.txt": "ours\n"}, on=forge.base)
        made = await self.open(forge, "tamma/1")
        await forge.people.push(forge.base, {"src/app.txt": "theirs\n"}, on=forge.base)
        await self.until(forge, lambda: self.mergeable_is(forge, made.number, Mergeable.CONFLICT))
        result = await self.merge(forge, made.number, made.head_sha, MergeMethod.MERGE, patiently=False)
        assert result == Refused(reason=getattr(result, "reason", ""), transient=False)

    async def test_checks_are_the_newest_of_each_name(self, forge: PreparedForge) -> None:
        """The list of results is a history: the last word on each name counts, over all pages."""
        sha = await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        assert not await forge.platform.get_checks(forge.repository, sha)
        for name, state in (("ci/a", "pending"), ("ci/b", "failure"), ("ci/a", "success"), ("ci/w", "warning")):
            await forge.people.report(sha, name, state)
        for number in range(60):
            await forge.people.report(sha, f"many/{number}", "success")
        await forge.people.report(sha, "ci/b", "pending")
        checks = {check.name: check.state for check in await forge.platform.get_checks(forge.repository, sha)}
        assert len(checks) == 63
        assert checks["ci/a"] is CheckState.SUCCESS
        assert checks["ci/b"] is CheckState.PENDING
        assert checks["ci/w"] is CheckState.FAILURE
        made = await self.open(forge, "tamma/1")
        status = await forge.platform.get_pr_status(forge.repository, made.number)
        assert (status.head_sha, len(status.checks)) == (sha, 63)

    async def test_reviews_are_the_last_word_of_each_person(self, forge: PreparedForge) -> None:
        """Changes asked for, then approved: one review, which approves this head."""
        sha = await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        made = await self.open(forge, "tamma/1")
        for verdict in (ReviewVerdict.CHANGES_REQUESTED, ReviewVerdict.APPROVED, ReviewVerdict.COMMENTED):
            await forge.people.review(made.number, verdict, "see here")
        (review,) = (await forge.platform.get_pr_status(forge.repository, made.number)).reviews
        assert (review.author, review.verdict, review.sha) == (forge.writer, ReviewVerdict.APPROVED, sha)

    @pytest.mark.parametrize("method", list(MergeMethod))
    async def test_merge_puts_the_head_into_the_base_once(self, forge: PreparedForge, method: MergeMethod) -> None:
        """The base has the change, the pull request is merged as that commit, and asking again says the same."""
        head = await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        made = await self.open(forge, "tamma/1")
        await forge.people.push(forge.base, {"other.txt": "x\n"}, on=forge.base)
        result = await self.merge(forge, made.number, head, method)
        assert isinstance(result, Merged)
        assert await self.tip(forge) == result.sha
        for path, content in (("src/app.txt", b"2\n"), ("other.txt", b"x\n")):
            assert await forge.platform.get_file(forge.repository, path, forge.base) == content
        read = await forge.platform.get_pull_request(forge.repository, made.number)
        assert (read.state, read.merge_sha) == (PullRequestState.MERGED, result.sha)
        assert await self.merge(forge, made.number, head, method) == result
        assert await self.tip(forge) == result.sha

    async def test_merge_refuses_another_head(self, forge: PreparedForge) -> None:
        """A push after the check means no merge; the base stays where it was."""
        checked = await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        made = await self.open(forge, "tamma/1")
        await forge.people.push("tamma/1", {"src/app.txt": "3\n"}, on="tamma/1")
        before = await self.tip(forge)
        result = await self.merge(forge, made.number, checked, MergeMethod.MERGE)
        assert isinstance(result, HeadChanged)
        assert await self.tip(forge) == before

    async def test_merge_of_a_closed_pull_request_is_refused(self, forge: PreparedForge) -> None:
        """Closed by a person means no, for good."""
        head = await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        made = await self.open(forge, "tamma/1")
        closing = PullRequestUpdate(state=PullRequestState.CLOSED)
        await forge.platform.update_pull_request(forge.repository, made.number, closing)
        result = await self.merge(forge, made.number, head, MergeMethod.MERGE)
        assert isinstance(result, Refused)
        assert not result.transient

    async def test_merged_branch_can_be_removed(self, forge: PreparedForge) -> None:
        """After the merge the branch goes, and the pull request still tells its head."""
        head = await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        made = await self.open(forge, "tamma/1")
        assert isinstance(await self.merge(forge, made.number, head, MergeMethod.SQUASH), Merged)
        await forge.platform.delete_branch(forge.repository, "tamma/1", head)
        read = await forge.platform.get_pull_request(forge.repository, made.number)
        assert (read.state, read.head_sha) == (PullRequestState.MERGED, head)

    async def test_comments_of_a_pull_request(self, forge: PreparedForge) -> None:
        """Comments are listed oldest first, changed and removed; removing twice is no error."""
        await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        number = (await self.open(forge, "tamma/1")).number
        platform, repository = forge.platform, forge.repository
        first = await platform.comment_on_pr(repository, number, "one\n\n<!-- tamma:key -->")
        second = await platform.comment_on_pr(repository, number, "two")
        listed = await platform.list_pr_comments(repository, number)
        assert [comment.id for comment in listed] == [first.id, second.id]
        assert listed[0].body == "one\n\n<!-- tamma:key -->"
        assert listed[0].author == await platform.current_user()
        changed = await platform.update_pr_comment(repository, number, first.id, "ONE")
        assert (changed.id, changed.body) == (first.id, "ONE")
        for _ in range(2):
            await platform.delete_pr_comment(repository, number, second.id)
        assert [comment.body for comment in await platform.list_pr_comments(repository, number)] == ["ONE"]

    async def test_issues_are_listed_without_pull_requests(self, forge: PreparedForge) -> None:
        """Oldest first, only issues, restricted by label, number and state, up to the limit."""
        first = await forge.people.open_issue("First", "body", labels=("ready",))
        second = await forge.people.open_issue("Second", "")
        await forge.people.push("tamma/1", {"src/app.txt": "2\n"}, on=forge.base)
        await self.open(forge, "tamma/1")
        assert await self.listed(forge, IssueFilters()) == [first.key, second.key]
        assert await self.listed(forge, IssueFilters(limit=1)) == [first.key]
        assert await self.listed(forge, IssueFilters(labels=("ready",))) == [first.key]
        assert await self.listed(forge, IssueFilters(labels=("no such label",))) == []
        assert await self.listed(forge, IssueFilters(assignee="nobody-of-this-name")) == []
        assert await self.listed(forge, IssueFilters(number=second.key)) == [second.key]
        assert await self.listed(forge, IssueFilters(state=IssueState.CLOSED)) == []

    async def test_many_issues_come_oldest_first(self, forge: PreparedForge) -> None:
        """More issues than a page holds: the limit takes the oldest, and none is lost."""
        keys = [(await forge.people.open_issue(f"Issue {number}", "b")).key for number in range(53)]
        assert await self.listed(forge, IssueFilters(limit=100)) == keys
        assert await self.listed(forge, IssueFilters(limit=4)) == keys[:4]

    async def test_issue_is_read_and_closed(self, forge: PreparedForge) -> None:
        """Text, labels and state are read; closing twice is no error; a missing one is `NotFound`."""
        ref = await forge.people.open_issue("A title: with \u00fc", "A body\n\nwith lines", labels=("ready",))
        issue = await forge.issues.get_issue(ref)
        assert (issue.ref, issue.title) == (ref, "A title: with \u00fc")
        assert issue.body.strip() == "A body\n\nwith lines"
        assert (issue.state, issue.labels, issue.author) == (IssueState.OPEN, ("ready",), forge.writer)
        for _ in range(2):
            await forge.issues.close_issue(ref)
        assert (await forge.issues.get_issue(ref)).state is IssueState.CLOSED
        assert await self.listed(forge, IssueFilters()) == []
        assert await self.listed(forge, IssueFilters(state=IssueState.CLOSED)) == [ref.key]
        with pytest.raises(NotFound):
            await forge.issues.get_issue(IssueRef(ref.source, ref.repository, "999999"))

    async def test_comments_of_an_issue(self, forge: PreparedForge) -> None:
        """Comments are listed oldest first, changed and removed, and those of a missing issue are `NotFound`."""
        ref = await forge.people.open_issue("T", "b")
        first = await forge.issues.comment_on_issue(ref, "one")
        second = await forge.issues.comment_on_issue(ref, "two")
        assert [comment.body for comment in await forge.issues.list_issue_comments(ref)] == ["one", "two"]
        assert (await forge.issues.update_issue_comment(ref, first.id, "ONE")).body == "ONE"
        for _ in range(2):
            await forge.issues.delete_issue_comment(ref, second.id)
        assert [comment.body for comment in await forge.issues.list_issue_comments(ref)] == ["ONE"]
        with pytest.raises(NotFound):
            await forge.issues.list_issue_comments(IssueRef(ref.source, ref.repository, "999999"))

    async def test_labels_are_made_added_and_removed(self, forge: PreparedForge) -> None:
        """Unknown labels are made, others stay, and removing one that is not there is no error."""
        ref = await forge.people.open_issue("T", "b", labels=("ready",))
        await forge.issues.set_labels(ref, add=("tamma: working", "x,y"), remove=("absent",))
        assert set((await forge.issues.get_issue(ref)).labels) == {"ready", "tamma: working", "x,y"}
        assert await self.listed(forge, IssueFilters(labels=("x,y", "ready"))) == [ref.key]
        await forge.issues.set_labels(ref, add=("ready",), remove=("tamma: working",))
        assert set((await forge.issues.get_issue(ref)).labels) == {"ready", "x,y"}

    async def listed(self, forge: PreparedForge, filters: IssueFilters) -> list[str]:
        """List the keys of issues."""
        return [issue.ref.key for issue in await forge.issues.list_issues(forge.repository, filters)]

    async def head_is(self, forge: PreparedForge, number: int, sha: Sha) -> bool:
        """Tell whether the status is of this head."""
        return (await forge.platform.get_pr_status(forge.repository, number)).head_sha == sha

    async def mergeable_is(self, forge: PreparedForge, number: int, wanted: Mergeable) -> bool:
        """Tell whether the answer is the wanted one; fail on the contrary."""
        answer = (await forge.platform.get_pull_request(forge.repository, number)).mergeable
        return answer is wanted

    async def merge(
        self, forge: PreparedForge, number: int, head: Sha, method: MergeMethod, *, patiently: bool = True
    ) -> MergeResult:
        """Merge as the engine does: ask again while the refusal is transient, and follow a handle."""
        loop = asyncio.get_running_loop()
        end = loop.time() + forge.patience_s
        merging = forge.platform.merge_pull_request
        result = await merging(forge.repository, number, head_sha=head, method=method, message="Merge it\n\nText")
        while loop.time() < end:
            if isinstance(result, Submitted):
                result = await forge.platform.poll_merge(result.handle)
            elif patiently and isinstance(result, Refused) and result.transient:
                await asyncio.sleep(0.1)
                result = await merging(forge.repository, number, head_sha=head, method=method, message="Merge it")
            else:
                break
        return result
