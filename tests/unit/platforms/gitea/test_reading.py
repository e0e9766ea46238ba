"""Readers and requests of Gitea, on payloads recorded from a real one."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tamma_core.domain.errors import InvalidInput, Unavailable
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    CheckState,
    Mergeable,
    MergeMethod,
    PullRequestState,
    PullRequestUpdate,
    ReviewVerdict,
)
from tamma_core.domain.repository import IssueRef, IssueState, Permission, RepositoryRef
from tamma_platforms.gitea import actions_reading, reading, wire
from tamma_platforms.gitea.capabilities import capabilities_of

REF = RepositoryRef("example", "owner/project")
PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def test_repository() -> None:
    """Default branch, clone address and our right to push are read."""
    read = reading.read_repository(payload("repository"), REF.forge)
    assert (read.default_branch, read.clone_url) == ("main", "https://forge.example/owner/project.git")
    assert (read.can_push, read.archived, read.empty) == (True, False, False)
    assert reading.has_issues(payload("repository"))
    assert reading.owner_of(payload("repository")) == "owner"


def test_external_tracker_counts_as_no_issues() -> None:
    """Issues kept elsewhere are not Gitea's."""
    assert not reading.has_issues(payload("repository") | {"external_tracker": {"external_tracker_url": "x"}})
    assert not reading.has_issues(payload("repository") | {"has_issues": False})


def test_pull_request() -> None:
    """An open pull request that the background check found mergeable."""
    read = reading.read_pull_request(payload("pull_request"), REF)
    assert (read.number, read.head, read.base, read.author) == (2, "tamma/1", "main", "bot")
    assert (read.state, read.mergeable, read.merge_sha) == (PullRequestState.OPEN, Mergeable.YES, None)
    assert reading.comes_from(payload("pull_request"), "tamma/1")
    assert len(reading.base_sha_of(payload("pull_request"))) == 40


def test_merged_pull_request() -> None:
    """`closed` with `merged` is merged, as the commit that it names."""
    read = reading.read_pull_request(payload("pull_request_merged"), REF)
    assert read.state is PullRequestState.MERGED
    assert read.merge_sha == payload("pull_request_merged")["merge_commit_sha"]


@pytest.mark.parametrize("name", ["pull_request_fork", "pull_request_fork_deleted"])
def test_pull_request_of_a_fork_is_never_ours(name: str) -> None:
    """A fork's branch of the same name is another branch, also when the fork is gone and its repository null."""
    read = reading.read_pull_request(payload(name), REF)
    assert (read.head, len(read.head_sha)) == ("fix", 40)
    assert not reading.comes_from(payload(name), "fix")


@pytest.mark.parametrize("title", ["WIP: x", "[WIP] x", "wip: x"])
def test_draft_by_title(title: str) -> None:
    """The prefix makes a draft, also for a server that does not say so."""
    given_ = payload("pull_request") | {"title": title}
    del given_["draft"]
    assert reading.read_pull_request(given_, REF).draft


def test_not_mergeable_is_unknown() -> None:
    """False may be a conflict or a check not yet made."""
    read = reading.read_pull_request(payload("pull_request") | {"mergeable": False}, REF)
    assert read.mergeable is Mergeable.UNKNOWN


def test_statuses_are_reduced_by_id_not_by_place() -> None:
    """Whatever the order of the list, the highest id of a context counts; a warning is red."""
    sha = Sha("1" * 40)
    wanted = {"ci/a": CheckState.SUCCESS, "ci/b": CheckState.FAILURE, "ci/c": CheckState.SKIPPED}
    for listed in (payload("statuses"), payload("statuses")[::-1]):
        assert {check.name: check.state for check in reading.read_statuses(listed, sha)} == wanted


@pytest.mark.parametrize("word", ["bogus", "", None, 3])
def test_unknown_state_is_never_green(word: object) -> None:
    """Gitea stores any word as a state: what is not known is pending."""
    (check,) = reading.read_statuses([payload("statuses")[1] | {"status": word}], Sha("1" * 40))
    assert check.state is CheckState.PENDING


def test_run_of_actions() -> None:
    """A queued run is pending; one of another commit does not count."""
    listed = payload("runs")["workflow_runs"]
    sha = Sha(listed[0]["head_sha"])
    (check,) = actions_reading.read_runs(listed, sha)
    assert (check.name, check.state) == ("run: ci.yml (push)", CheckState.PENDING)
    assert actions_reading.read_runs(listed, Sha("1" * 40)) == ()
    done = listed[0] | {"status": "completed", "conclusion": "cancelled", "id": 2}
    assert [run.state for run in actions_reading.read_runs([done, *listed], sha)] == [CheckState.FAILURE]
    again = listed[0] | {"event": "pull_request_sync"}
    assert [run.name for run in actions_reading.read_runs([again], sha)] == ["run: ci.yml (pull_request)"]


def test_a_run_without_an_address_takes_no_status_with_it() -> None:
    """Of another pull request's runs only what lies below them is left out, and nothing lies below no address."""
    status = payload("statuses")[1]
    foreign = payload("runs")["workflow_runs"][0] | {"path": "ci.yml@refs/pull/7/head"}
    for shown, target, left_out in (
        ("", "", False),
        ("", "https://ci.example/1", False),
        ("https://forge.example/a/b/actions/runs/3", "/a/b/actions/runs/3/jobs/0", True),
        ("https://forge.example/a/b/actions/runs/3", "", False),
    ):
        ours, others = actions_reading.told_apart([foreign | {"html_url": shown}], 1)
        assert ours == []
        assert actions_reading.lies_below(status | {"target_url": target}, others) is left_out


@pytest.mark.parametrize("event", ["pull_request", "pull_request_label", "pull_request_assign"])
def test_a_run_that_was_skipped_hides_no_red_one(event: str) -> None:
    """A label, or closing and opening again, begins a run whose jobs may all be skipped: the head's own red stays."""
    sha, listed = Sha("1" * 40), payload("runs")["workflow_runs"][0]
    ended = listed | {"head_sha": sha, "status": "completed"}
    red = ended | {"id": 1, "event": "pull_request", "conclusion": "failure"}
    skipped = ended | {"id": 2, "event": event, "conclusion": "skipped"}
    states = {run.name: run.state for run in actions_reading.read_runs([red, skipped], sha)}
    assert states["run: ci.yml (pull_request)"] is CheckState.FAILURE
    assert actions_reading.newest_runs([red, skipped], sha)["run: ci.yml (pull_request)"] == red["id"]


def test_a_run_that_a_label_began_green_hides_no_red_one() -> None:
    """Its steps may be for some events alone."""
    sha, listed = Sha("1" * 40), payload("runs")["workflow_runs"][0]
    ended = listed | {"head_sha": sha, "status": "completed"}
    red = ended | {"id": 1, "event": "pull_request_sync", "conclusion": "failure"}
    green = ended | {"id": 2, "event": "pull_request_label", "conclusion": "success"}
    assert CheckState.FAILURE in {run.state for run in actions_reading.read_runs([red, green], sha)}


@pytest.mark.parametrize("order", [1, -1])
def test_a_status_that_was_skipped_hides_no_other_of_its_context(order: int) -> None:
    """The jobs of each event of a pull request speak for the same contexts."""
    status = payload("statuses")[0] | {"context": "ci / test (pull_request)"}
    listed = [status | {"id": 1, "status": "failure"}, status | {"id": 2, "status": "skipped"}]
    (check,) = reading.read_statuses(listed[::order], Sha("1" * 40))
    assert check.state is CheckState.FAILURE


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([("a", "pending"), ("a", "skipped")], CheckState.SKIPPED),
        ([("a", "pending"), ("a", "skipped"), ("a", "pending")], CheckState.PENDING),
        ([("a", "pending"), ("a", "failure"), ("b", "pending"), ("b", "skipped")], CheckState.FAILURE),
        ([("a", "pending"), ("b", "pending"), ("b", "skipped")], CheckState.PENDING),
        ([("a", "pending"), ("a", "success"), ("b", "pending"), ("b", "success")], CheckState.SUCCESS),
    ],
    ids=["skipped", "begun again", "label's run", "still under way", "later run"],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_job_is_pending_before_it_is_skipped(told: Sequence[tuple[str, str]], state: CheckState, order: int) -> None:
    """A job that is skipped is waited for no longer, and says nothing of the same job in another run."""
    status = payload("statuses")[0] | {"context": "ci / test (pull_request)"}
    listed = [
        status | {"id": number, "status": word, "target_url": f"/o/r/actions/runs/{run}/jobs/0"}
        for number, (run, word) in enumerate(told)
    ]
    (check,) = reading.read_statuses(listed[::order], Sha("1" * 40))
    assert check.state is state


def test_what_a_release_began_speaks_for_no_change() -> None:
    """Its jobs' statuses stand at the commit of its tag, where a later change would wait for the same."""
    run = {"path": "ci.yml@refs/tags/v1", "event": "release", "html_url": "https://forge.test/o/r/actions/runs/3"}
    ours, others = actions_reading.told_apart([run], None)
    assert not ours
    assert actions_reading.lies_below({"target_url": "/o/r/actions/runs/3/jobs/0"}, others)


def test_reviews_keep_the_last_verdict() -> None:
    """Changes requested, then approved: approved. A dismissal takes a verdict back, a remark does not."""
    listed = payload("reviews")
    (review,) = reading.read_reviews(listed)
    assert (review.author, review.verdict, review.stale) == ("maintainer", ReviewVerdict.APPROVED, False)
    assert reading.read_reviews([listed[-1] | {"dismissed": True}]) == ()
    remark = listed[-1] | {"state": "COMMENT"}
    assert [review.verdict for review in reading.read_reviews([*listed, remark])] == [ReviewVerdict.APPROVED]


def test_issue() -> None:
    """Text, labels, author and times."""
    issue = reading.read_issue(payload("issue"), REF)
    assert issue.ref == IssueRef("example", REF, "1")
    assert (issue.title, issue.body, issue.labels, issue.author) == ("A title", "A body", ("ready",), "maintainer")
    assert issue.state is IssueState.OPEN
    assert issue.created_at is not None
    assert issue.created_at.tzinfo is UTC
    assert not reading.is_pull_request(payload("issue"))
    assert reading.is_pull_request(payload("issue_of_pull_request"))


def test_comment_file_and_directory() -> None:
    """The smaller records."""
    comment = reading.read_comment(payload("comment"))
    assert (comment.author, comment.body) == ("bot", "hello")
    assert comment.created_at > datetime(2026, 1, 1, tzinfo=UTC)
    assert reading.read_file(payload("contents_file")) == b"hello\n"
    assert reading.read_file(payload("contents_directory")) is None
    assert reading.read_directory(payload("contents_directory")) == ("README.md",)


def test_protection_as_a_reader_and_as_an_administrator() -> None:
    """A reader sees checks and approvals; that more may be hidden is told."""
    seen = reading.read_protection(payload("branch_protected"), None)
    assert (seen.required_checks, seen.required_approvals, seen.readable) == (("ci/*",), 1, False)
    assert reading.rule_of(payload("branch_protected")) == ""
    assert reading.rule_of(payload("branch_protected_admin")) == "main"
    rule = payload("protection") | {"block_on_outdated_branch": True}
    assert reading.read_protection(payload("branch_protected_admin"), rule).up_to_date_required
    assert reading.read_protection(payload("branch"), None).readable


@pytest.mark.parametrize(
    ("word", "permission"),
    [("owner", Permission.ADMIN), ("write", Permission.WRITE), ("read", Permission.READ), ("x", Permission.NONE)],
)
def test_permission_words(word: str, permission: Permission) -> None:
    """An unknown word is no permission."""
    assert reading.read_permission({"permission": word}) is permission


def test_team_that_writes_only_pages_does_not_write_code() -> None:
    """The unit decides, not the team's name or its place in the list."""
    assert reading.team_writes_code({"units_map": {"repo.code": "write"}})
    for units in ({"repo.wiki": "write"}, {"repo.code": "read"}, {}):
        assert not reading.team_writes_code({"permission": "write", "units_map": units})


def test_merge_request_carries_the_head_and_no_force() -> None:
    """The two dangerous fields are never sent."""
    call = wire.merge_pull_request(REF, 3, head_sha=Sha("a" * 40), method=MergeMethod.SQUASH, message="T\n\nM\n")
    assert (call.method, call.path) == ("POST", "/repos/owner/project/pulls/3/merge")
    assert call.body == {"Do": "squash", "head_commit_id": "a" * 40, "MergeTitleField": "T", "MergeMessageField": "M"}


@pytest.mark.parametrize("path", ["", "owner", "owner/", "/name", "a/b/c", "../x", "owner/.."])
def test_repository_names_cannot_leave_their_place(path: str) -> None:
    """What is not `owner/name` never becomes part of a URL."""
    with pytest.raises(InvalidInput):
        wire.repository_path(RepositoryRef("example", path))


@pytest.mark.parametrize("key", ["", "x", "1/../2", "-1", "\u0661", "9" * 40])
def test_issue_keys_are_numbers(key: str) -> None:
    """Anything else is refused before it is sent."""
    with pytest.raises(InvalidInput):
        wire.number_of(key)


def test_names_are_quoted() -> None:
    """Spaces, `#` and `?` stay inside their part of the URL."""
    assert wire.get_branch(REF, "a/b#c?d").path == "/repos/owner/project/branches/a/b%23c%3Fd"
    assert wire.get_contents(REF, "/a b/c", "x/y").path == "/repos/owner/project/contents/a%20b/c"
    assert wire.get_permission(REF, "../x").path.endswith("/collaborators/..%2Fx/permission")
    with pytest.raises(InvalidInput):
        wire.get_contents(REF, "a/../../x", "main")
    with pytest.raises(InvalidInput):
        wire.update_pull_request(REF, 1, PullRequestUpdate(state=PullRequestState.MERGED))


@pytest.mark.parametrize(
    ("version", "supported"), [("1.26.0", True), ("1.24.0+dev", True), ("1.23.8", False), ("?", False)]
)
def test_dispatch_by_version(version: str, supported: bool) -> None:
    """A version that cannot start workflows says so, with what to do instead."""
    ability = capabilities_of(version).trigger_ci
    assert ability.supported is supported
    assert ability.instead


READERS: dict[str, Callable[[Any], object]] = {
    "repository": lambda value: reading.read_repository(value, REF.forge),
    "branch": reading.read_branch,
    "branch_protected": lambda value: reading.read_protection(value, value),
    "contents_file": reading.read_file,
    "contents_directory": reading.read_directory,
    "pull_request": lambda value: (
        reading.read_pull_request(value, REF),
        reading.comes_from(value, "x"),
        reading.base_sha_of(value),
    ),
    "issue": lambda value: (reading.read_issue(value, REF), reading.is_pull_request(value)),
    "comment": reading.read_comment,
    "labels": reading.read_labels,
    "assignees": reading.read_logins,
    "permission": reading.read_permission,
}
LISTS: dict[str, Callable[[list[Any]], object]] = {
    "statuses": lambda values: reading.read_statuses(values, Sha("1" * 40)),
    "reviews": reading.read_reviews,
    "runs": lambda values: actions_reading.read_runs(values, Sha("1" * 40)),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(name=st.sampled_from(sorted(READERS)), value=JSON)
def test_any_json_is_a_record_or_unavailable(name: str, value: object) -> None:
    """Garbage in place of an answer is a typed error."""
    _reads_or_refuses(READERS[name], value)


@given(name=st.sampled_from(sorted(READERS)), data=st.data())
def test_damaged_payload_is_a_record_or_unavailable(name: str, data: st.DataObject) -> None:
    """One field of a real answer replaced by anything, or left out."""
    value = payload(name)
    _damage(value, data)
    _reads_or_refuses(READERS[name], value)


@given(name=st.sampled_from(sorted(LISTS)), data=st.data())
def test_damaged_list_is_read_or_unavailable(name: str, data: st.DataObject) -> None:
    """One field of one entry replaced by anything, or left out."""
    listed = payload(name)
    values = listed["workflow_runs"] if name == "runs" else listed
    _damage(values, data)
    _reads_or_refuses(LISTS[name], values)


def _damage(value: Any, data: st.DataObject) -> None:
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(value[key], dict | list) and value[key] and data.draw(st.booleans()):
            value = value[key]
            continue
        if data.draw(st.booleans()):
            value[key] = data.draw(JSON)
        else:
            del value[key]
        return


def _reads_or_refuses(read: Callable[[Any], object], value: object) -> None:
    with suppress(Unavailable):
        read(value)
