"""The Gitea adapter where the forge is slow, broken, half configured or hostile."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send
from tamma_core.domain.errors import (
    AuthenticationFailed,
    ConfigError,
    NotFound,
    PermissionDenied,
    Unavailable,
    Unsupported,
)
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    HeadChanged,
    Merged,
    MergeMethod,
    MergeResult,
    PullRequest,
    PullRequestDraft,
    Refused,
)
from tamma_core.domain.repository import IssueFilters, IssueRef, Permission, RepositoryRef
from tamma_platforms.gitea.client import GiteaOptions, GiteaPlatform, gitea_options
from tamma_platforms.http.retry import RetryPolicy
from tamma_platforms.http.session import SessionOptions
from tamma_platforms.testing import gitea_actions as actions
from tamma_platforms.testing.gitea_fake import Fault, GiteaFake, add_issue
from tamma_platforms.testing.gitea_state import FakeRepository, FakeRun
from tamma_platforms.testing.serving import serving

REF = RepositoryRef("example", "owner/project")
QUICK = SessionOptions(retry=RetryPolicy(attempts=2, deadline_s=10.0, wait_initial_s=0.01, wait_max_s=0.02))


@pytest.fixture
def stored() -> FakeRepository:
    made = FakeRepository(owner="owner", name="project", writers={"maintainer", "bot"})
    made.push("main", {"README.md": b"hello\n"}, None)
    made.push("tamma/1", {"a.txt": b"1\n"}, "main")
    return made


@pytest.fixture
def fake(stored: FakeRepository) -> GiteaFake:
    return GiteaFake(tokens={"t0ken": "bot"}, repositories={"owner/project": stored})


@pytest.fixture
async def url(fake: GiteaFake) -> AsyncIterator[str]:
    async with serving(fake.application()) as address:
        yield address


@pytest.fixture
async def platform(url: str) -> AsyncIterator[GiteaPlatform]:
    made = platform_at(url)
    yield made
    await made.dispose()


def platform_at(url: str, token: str = "t0ken") -> GiteaPlatform:
    options = GiteaOptions(conflict_settle_s=0.0, branch_lag_s=0.5, session=QUICK)
    return GiteaPlatform("example", base_url=url, token=SecretStr(token), options=options)


async def opened(platform: GiteaPlatform, title: str = "t") -> PullRequest:
    draft = PullRequestDraft(head="tamma/1", base="main", title=title, body="b")
    made = await platform.create_pull_request(REF, draft)
    return await platform.get_pull_request(REF, made.number)


async def merge(platform: GiteaPlatform, made: PullRequest, head: Sha | None = None) -> MergeResult:
    head = head or made.head_sha
    return await platform.merge_pull_request(REF, made.number, head_sha=head, method=MergeMethod.MERGE, message="Merge")


async def test_wrong_token_is_named(url: str) -> None:
    """A token that the forge does not know is `AuthenticationFailed`, and is not in the message."""
    platform = platform_at(url, token="wr0ng")
    with pytest.raises(AuthenticationFailed) as caught:
        await platform.initialize()
    assert "wr0ng" not in f"{caught.value} {caught.value.hint}"
    await platform.dispose()


async def test_address_without_gitea_is_named(url: str) -> None:
    """A base URL that leads elsewhere is `NotFound` with what to check."""
    platform = platform_at(f"{url}/elsewhere")
    with pytest.raises(NotFound, match="there is no Gitea"):
        await platform.initialize()
    await platform.dispose()


async def test_lost_answer_of_a_pull_request_finds_it(fake: GiteaFake, platform: GiteaPlatform) -> None:
    """The forge made it and then answered 500: it is found, not made twice."""
    fake.faults.append(Fault(method="POST", path="/pulls$", status=502, after=True))
    made = await opened(platform)
    assert fake.requests.count("POST /api/v1/repos/owner/project/pulls") == 1
    assert made.head == "tamma/1"


async def test_a_pull_request_that_is_not_listed_yet_is_asked_for_again(
    fake: GiteaFake, platform: GiteaPlatform
) -> None:
    """Made already and refused a second time, but not in any list: the list lags behind, and nobody has to decide."""
    made = await opened(platform)
    fake.unlisted = 2
    with pytest.raises(Unavailable, match="not listed yet"):
        await opened(platform)
    assert (await opened(platform)).number == made.number


async def test_lost_answer_of_a_branch_finds_it(
    fake: GiteaFake, stored: FakeRepository, platform: GiteaPlatform
) -> None:
    """The same for a branch."""
    fake.faults.append(Fault(method="POST", path="/branches$", status=500, after=True))
    made = await platform.create_branch(REF, "tamma/2", Sha(stored.branches["main"]))
    assert made.sha == stored.branches["main"]


async def test_lost_answer_of_a_merge_reads_the_truth(
    fake: GiteaFake, stored: FakeRepository, platform: GiteaPlatform
) -> None:
    """The forge merged and then answered 500: the answer is the merge, once."""
    made = await opened(platform)
    fake.faults.append(Fault(method="POST", path="/merge$", status=500, after=True))
    assert await merge(platform, made) == Merged(sha=Sha(stored.branches["main"]))
    assert sum(request.endswith("/merge") for request in fake.requests) == 1


async def test_failed_merge_is_unavailable_when_it_did_not_land(
    fake: GiteaFake, stored: FakeRepository, platform: GiteaPlatform
) -> None:
    """A 500 without a merge is worth asking again, and the base has not moved."""
    made, before = await opened(platform), stored.branches["main"]
    fake.faults.append(Fault(method="POST", path="/merge$", status=500))
    with pytest.raises(Unavailable):
        await merge(platform, made)
    assert stored.branches["main"] == before


async def test_merge_never_sends_what_overrides_a_rule(fake: GiteaFake, platform: GiteaPlatform) -> None:
    """Neither force nor a merge for later is in any request, and the head is in each merge."""
    await merge(platform, await opened(platform))
    sent = [body for body in fake.bodies if isinstance(body, dict) and "Do" in body]
    assert sent
    for body in sent:
        assert body.keys() == {"Do", "head_commit_id", "MergeTitleField", "MergeMessageField"}


@pytest.mark.parametrize(
    ("status", "message", "result"),
    [
        (409, "head out of date", HeadChanged(actual=None)),
        (409, "merge push out of date", True),
        (409, "PushRejected with remote message: no", False),
        (405, "Please try again later", True),
        (405, "User not allowed to merge PR", False),
    ],
)
async def test_refusals_of_a_merge_are_told_apart(
    fake: GiteaFake, platform: GiteaPlatform, status: int, message: str, result: HeadChanged | bool
) -> None:
    """The forge's own words decide whether the head moved, and whether asking again may help."""
    made = await opened(platform)
    fake.faults.append(Fault(method="POST", path="/merge$", status=status, message=message))
    answer = await merge(platform, made)
    if isinstance(result, HeadChanged):
        assert answer == result
    else:
        assert isinstance(answer, Refused)
        assert (answer.transient, message in answer.reason) == (result, True)


async def test_head_that_moved_is_not_merged(stored: FakeRepository, platform: GiteaPlatform) -> None:
    """A push after the check is told with where the head is now."""
    made = await opened(platform)
    stored.push("tamma/1", {"b.txt": b"2\n"}, "tamma/1")
    assert await merge(platform, made) == HeadChanged(actual=Sha(stored.branches["tamma/1"]))


async def test_draft_is_refused_without_asking(fake: GiteaFake, platform: GiteaPlatform) -> None:
    """A title that makes a draft is no transient refusal."""
    made = await opened(platform, "WIP: t")
    assert made.draft
    refused = await merge(platform, made)
    assert isinstance(refused, Refused)
    assert not refused.transient
    assert not any(request.endswith("/merge") for request in fake.requests)


async def test_protected_base_is_a_permanent_refusal(stored: FakeRepository, platform: GiteaPlatform) -> None:
    """What a rule forbids is told in the forge's words, and not asked again."""
    stored.protected["main"] = {"enable_status_check": True, "status_check_contexts": ["ci/*"], "required_approvals": 2}
    refused = await merge(platform, await opened(platform))
    assert isinstance(refused, Refused)
    assert not refused.transient
    assert "required status checks" in refused.reason
    rules = await platform.get_branch_protection(REF, "main")
    assert (rules.required_checks, rules.required_approvals, rules.readable) == (("ci/*",), 2, False)


async def test_branch_that_shows_late_is_waited_for(fake: GiteaFake, platform: GiteaPlatform) -> None:
    """A push that the forge has not noticed yet answers 404 for a moment."""
    fake.faults.append(Fault(method="POST", path="/pulls$", status=404))
    assert (await opened(platform)).head == "tamma/1"


async def test_permission_when_the_answer_is_doubtful(fake: GiteaFake, platform: GiteaPlatform) -> None:
    """A refusal means none; an outage is raised, so that nobody takes it for an answer."""
    assert await platform.get_permission(REF, "maintainer") is Permission.WRITE
    assert await platform.get_permission(REF, "OWNER") is Permission.ADMIN
    fake.faults.append(Fault(method="GET", path="/assignees$", status=403))
    assert await platform.get_permission(REF, "maintainer") is Permission.NONE
    fake.faults.append(Fault(method="GET", path="/assignees$", status=500, times=9))
    with pytest.raises(Unavailable):
        await platform.get_permission(REF, "maintainer")


@pytest.mark.parametrize(("code", "permission"), [("write", Permission.WRITE), ("read", Permission.NONE)])
async def test_assignees_of_an_organisation_count_only_if_every_team_writes(
    stored: FakeRepository, platform: GiteaPlatform, code: str, permission: Permission
) -> None:
    """One team that only reads may have put its members on the list: then nobody on it is certain."""
    stored.readers_assignable = {"reader"}
    stored.teams = [{"units_map": {"repo.code": "owner"}}, {"units_map": {"repo.code": code}}]
    assert await platform.get_permission(REF, "reader") is permission


async def test_issues_switched_off_are_unsupported(stored: FakeRepository, platform: GiteaPlatform) -> None:
    """A 404 of the tracker is not taken for a missing issue."""
    stored.has_issues = False
    with pytest.raises(Unsupported):
        await platform.list_issues(REF, IssueFilters())
    with pytest.raises(Unsupported):
        await platform.get_issue(IssueRef("example", REF, "1"))
    with pytest.raises(NotFound):
        await platform.list_issues(RepositoryRef("example", "owner/missing"), IssueFilters())


async def test_actions_switched_off_leave_the_statuses(stored: FakeRepository, platform: GiteaPlatform) -> None:
    """Runs that cannot be listed do not hide what was reported."""
    stored.has_actions = False
    sha = Sha(stored.branches["tamma/1"])
    stored.statuses.append({"id": 1, "sha": sha, "context": "ci", "status": "success"})
    assert [check.name for check in await platform.get_checks(REF, sha)] == ["ci"]


async def test_statuses_that_cannot_be_read_are_no_empty_list(fake: GiteaFake, platform: GiteaPlatform) -> None:
    """No permission to read checks must not look like no checks."""
    fake.faults.append(Fault(method="GET", path="/statuses/", status=403))
    with pytest.raises(PermissionDenied):
        await platform.get_checks(REF, Sha("1" * 40))


async def log_of(platform: GiteaPlatform) -> str:
    return await platform.get_job_log(REF, "101", limit_bytes=1000)


@pytest.fixture
def run(stored: FakeRepository) -> FakeRun:
    sha = stored.push("tamma/1", {f"{actions.WORKFLOWS}/ci.yml": b"said\n"}, "main")
    actions.start(stored, sha)
    (run,) = stored.runs.values()
    run.attempt, run.status = 1, "in_progress"
    return run


async def test_a_log_that_was_never_begun_opens_no_circuit(
    fake: GiteaFake, platform: GiteaPlatform, run: FakeRun
) -> None:
    """Gitea's 500 is asked about once, by the job itself, and is no failure of the host, however often it comes."""
    run.silent = True
    assert [await log_of(platform) for _ in range(5)] == [""] * 5
    log, job = (f"GET /api/v1/repos/owner/project/actions/jobs/101{end}" for end in ("/logs", ""))
    assert fake.requests == [log, job, log] * 5


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(method="GET", path="/logs$", status=500, times=9, message="OpenLogs: storage open: connection refused")],
        [Fault(method="GET", path="/logs$", status=502, times=9)],
        [Fault(method="GET", path="/jobs/101", status=500, times=9)],
        [Fault(method="GET", path="/logs$", status=500), Fault(method="GET", path="/jobs/101$", status=404)],
    ],
    ids=["another cause", "another status", "the job neither", "no job"],
)
async def test_a_log_that_cannot_be_read_is_unavailable(
    fake: GiteaFake, platform: GiteaPlatform, run: FakeRun, faults: list[Fault]
) -> None:
    """A fault of the forge is no empty log, which would be taken for a lost runner."""
    del run
    fake.faults += faults
    with pytest.raises(Unavailable):
        await log_of(platform)


async def test_a_log_that_begins_meanwhile_is_read(fake: GiteaFake, platform: GiteaPlatform, run: FakeRun) -> None:
    """What is there at the second look is answered."""
    del run
    fake.faults.append(Fault(method="GET", path="/logs$", status=500))
    assert "said" in await log_of(platform)


async def test_archived_and_empty_repositories_are_told_apart(
    fake: GiteaFake, stored: FakeRepository, platform: GiteaPlatform
) -> None:
    """Both are described; writing to an archived one is `PermissionDenied`."""
    fake.repositories["owner/empty"] = FakeRepository(owner="owner", name="empty")
    empty = RepositoryRef("example", "owner/empty")
    assert (await platform.get_repository(empty)).empty
    assert await platform.get_branch(empty, "main") is None
    number = add_issue(stored, "owner", "t", "b").number
    stored.archived = True
    assert (await platform.get_repository(REF)).archived
    with pytest.raises(PermissionDenied, match="archived"):
        await platform.comment_on_issue(IssueRef("example", REF, str(number)), "x")


async def test_renamed_repository_is_not_followed(fake: GiteaFake, platform: GiteaPlatform) -> None:
    """A redirect to the new name is told, and not followed."""
    headers = {"location": "/api/v1/repos/owner/renamed"}
    fake.faults.append(Fault(method="GET", path="/owner/project$", status=301, headers=headers))
    with pytest.raises(NotFound, match="owner/renamed"):
        await platform.get_repository(REF)


async def test_missing_workflow_and_old_version(fake: GiteaFake, platform: GiteaPlatform, url: str) -> None:
    """A workflow that is not there is `NotFound`; a version that cannot start one is `Unsupported`."""
    with pytest.raises(NotFound):
        await platform.trigger_ci(REF, workflow="none.yml", ref="main")
    fake.version = "1.22.3"
    old = platform_at(url)
    with pytest.raises(Unsupported):
        await old.trigger_ci(REF, workflow="ci.yml", ref="main")
    await old.dispose()


async def test_token_goes_to_git_only_at_the_configured_address(
    fake: GiteaFake, platform: GiteaPlatform, url: str
) -> None:
    """The clone address that the server names is not used: it may be another host's."""
    fake.root = "http://elsewhere.example"
    remote = await platform.git_remote(REF)
    assert (remote.url, remote.username) == (f"{url}/owner/project.git", "bot")
    assert remote.secret is not None
    assert (await platform.get_repository(REF)).clone_url.startswith("http://elsewhere.example/")


async def test_an_exchange_ends_by_the_time_that_was_set() -> None:
    """A forge that accepts and says nothing is given up."""

    async def silent(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serving(silent) as url:
        options = gitea_options({"timeout_s": 0.05, "session": SessionOptions(retry=RetryPolicy(attempts=1))})
        platform = GiteaPlatform("silent", base_url=url, token=SecretStr("t0ken"), options=options)
        with pytest.raises(Unavailable, match=r"no whole answer within 0\.05 s|ReadTimeout"):
            await platform.initialize()
        await platform.dispose()


@pytest.mark.parametrize("options", [{"unknown": 1}, {"branch_lag_s": -1}, {"branch_lag_s": "x"}])
def test_options_are_checked(options: dict[str, object]) -> None:
    """A misspelt or impossible option is refused by name."""
    with pytest.raises(ConfigError):
        gitea_options(options)
