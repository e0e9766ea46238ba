"""Gitea's answers, read into records of the domain without I/O.

Source of all shapes: the API description that Gitea serves at `/swagger.v1.json`, checked against 1.26.
Errors: every function raises `Unavailable` for an answer of another shape, and nothing else.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from tamma_core.domain.errors import Unavailable
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    BranchProtection,
    Check,
    CheckState,
    Mergeable,
    PullRequest,
    PullRequestState,
    Review,
    ReviewVerdict,
)
from tamma_core.domain.repository import (
    Branch,
    Comment,
    Issue,
    IssueRef,
    IssueState,
    Permission,
    Repository,
    RepositoryRef,
)

from tamma_platforms.http.fields import Fields, read_list

_DRAFT_PREFIXES = ("wip:", "[wip]")
_STATES = {
    "success": CheckState.SUCCESS,
    "failure": CheckState.FAILURE,
    "error": CheckState.FAILURE,
    "warning": CheckState.FAILURE,
    "cancelled": CheckState.FAILURE,
    "skipped": CheckState.SKIPPED,
}
_VERDICTS = {
    "APPROVED": ReviewVerdict.APPROVED,
    "REQUEST_CHANGES": ReviewVerdict.CHANGES_REQUESTED,
    "COMMENT": ReviewVerdict.COMMENTED,
}
_PERMISSIONS = {
    "read": Permission.READ,
    "write": Permission.WRITE,
    "admin": Permission.ADMIN,
    "owner": Permission.ADMIN,
}


def read_repository(value: object, forge: str) -> Repository:
    """Read a repository, named as the forge spells it; an unknown right to push is none."""
    fields = Fields(value, "repository")
    rights = fields.fields_or_none("permissions")
    return Repository(
        ref=RepositoryRef(forge, fields.text("full_name")),
        default_branch=fields.text("default_branch"),
        clone_url=fields.text("clone_url"),
        web_url=fields.text_or("html_url"),
        archived=fields.flag("archived"),
        empty=fields.flag("empty"),
        can_push=rights is not None and rights.flag("push"),
    )


def has_issues(value: object) -> bool:
    """Tell whether a repository has Gitea's own issue tracker switched on."""
    fields = Fields(value, "repository")
    return fields.flag("has_issues") and fields.fields_or_none("external_tracker") is None


def owner_of(value: object) -> str:
    """Answer the login of a repository's owner, a person or an organisation."""
    return Fields(value, "repository").fields("owner").text("login")


def read_login(value: object) -> str:
    """Read the name of an account."""
    return Fields(value, "user").text("login")


def read_logins(value: object) -> tuple[str, ...]:
    """Read the names of a list of accounts."""
    return tuple(user.text("login") for user in read_list(value, "users"))


def read_permission(value: object) -> Permission:
    """Read a permission; an unknown word is none."""
    return _PERMISSIONS.get(Fields(value, "permission").text_or("permission"), Permission.NONE)


def team_writes_code(value: object) -> bool:
    """Tell whether a team may write code, and not just pages or issues."""
    fields = Fields(value, "team")
    units = fields.fields_or_none("units_map")
    granted = units.text_or("repo.code") if units is not None else ""
    return _PERMISSIONS.get(granted, Permission.NONE).may_write


def read_branch(value: object) -> Branch:
    """Read a branch."""
    fields = Fields(value, "branch")
    return Branch(
        name=fields.text("name"), sha=Sha(fields.fields("commit").text("id")), protected=fields.flag("protected")
    )


def read_protection(branch: object, rule: object | None) -> BranchProtection:
    """Read what a branch demands; `rule` is what only an administrator sees.

    The names of required checks are patterns in which `*` stands for anything.
    """
    fields = Fields(branch, "branch")
    if not fields.flag("protected"):
        return BranchProtection()
    hidden = Fields(rule, "branch protection") if rule is not None else None
    return BranchProtection(
        required_checks=fields.texts("status_check_contexts") if fields.flag("enable_status_check") else (),
        required_approvals=fields.number_or("required_approvals"),
        up_to_date_required=hidden is not None and hidden.flag("block_on_outdated_branch"),
        readable=hidden is not None,
    )


def rule_of(branch: object) -> str:
    """Answer the name of the rule that protects a branch; empty when hidden from us."""
    return Fields(branch, "branch").text_or("effective_branch_protection_name")


def read_file(value: object) -> bytes | None:
    """Read a file's bytes; none for a directory, a link or a submodule."""
    if isinstance(value, list):
        return None
    fields = Fields(value, "contents")
    if fields.text_or("type") != "file":
        return None
    if fields.text_or("encoding") != "base64":
        raise Unavailable(
            f"{fields.text('path')}: Gitea sends no content, it has {fields.number_or('size')} bytes",
            hint="files beyond the server's limit for blobs are read by git only",
        )
    try:
        return base64.b64decode(fields.text_or("content"), validate=False)
    except (binascii.Error, ValueError) as error:
        raise Unavailable(f"{fields.text('path')}: the content is no base64") from error


def read_directory(value: object) -> tuple[str, ...]:
    """Read the paths of the files in a directory; a file is no directory."""
    if not isinstance(value, list):
        return ()
    entries = read_list(value, "contents")
    return tuple(sorted(entry.text("path") for entry in entries if entry.text_or("type") in {"file", "symlink"}))


def read_pull_request(value: object, repository: RepositoryRef) -> PullRequest:
    """Read a pull request.

    `mergeable` false may mean a conflict, a check not made yet, or a draft: it is read as unknown. The head
    repository is null after a fork was deleted; the head's commit is then still known.
    """
    fields = Fields(value, "pull request")
    head, base = fields.fields("head"), fields.fields("base")
    title = fields.text_or("title")
    state = _pull_request_state(fields)
    merge_sha = fields.text_or("merge_commit_sha") if state is PullRequestState.MERGED else ""
    return PullRequest(
        repository=repository,
        number=fields.number("number"),
        title=title,
        body=fields.text_or("body"),
        state=state,
        head=head.text_or("label") or head.text_or("ref"),
        head_sha=Sha(head.text("sha")),
        base=base.text("ref"),
        author=_author(fields),
        url=fields.text_or("html_url"),
        draft=fields.flag("draft") or title.lower().startswith(_DRAFT_PREFIXES),
        mergeable=Mergeable.YES if fields.flag("mergeable") else Mergeable.UNKNOWN,
        merge_sha=Sha(merge_sha) if merge_sha else None,
        created_at=fields.moment("created_at"),
    )


def comes_from(value: object, branch: str) -> bool:
    """Tell whether a pull request's head is this branch of the base repository itself, not of a fork."""
    fields = Fields(value, "pull request")
    head, base = fields.fields("head"), fields.fields("base")
    return head.text_or("label") == branch and head.number_or("repo_id", -1) == base.number_or("repo_id", -2)


def base_sha_of(value: object) -> str:
    """Answer the present tip of a pull request's base; empty when that branch is gone."""
    return Fields(value, "pull request").fields("base").text_or("sha")


def read_statuses(values: Iterable[object], sha: Sha) -> tuple[Check, ...]:
    """Read a history of statuses: the one with the highest id speaks for its context, "skipped" only where all say so.

    Each event of a pull request, a label too, has its jobs speak for the same contexts, and each job is pending before
    it is skipped. A word that is not known counts as pending, which no gate takes for green.
    """
    jobs: dict[tuple[str, str], Fields] = {}
    for fields in sorted(_statuses(values), key=_id):
        job = fields.text_or("context", "default"), fields.text_or("target_url")
        if job not in jobs or not _is_skipped(fields) or _state(jobs[job]) is CheckState.PENDING:
            jobs[job] = fields
    newest: dict[str, Fields] = {}
    for (context, _), fields in sorted(jobs.items(), key=lambda item: (not _is_skipped(item[1]), _id(item[1]))):
        newest[context] = fields
    return tuple(_check(context, fields, sha) for context, fields in sorted(newest.items()))


def _statuses(values: Iterable[object]) -> Iterator[Fields]:
    return (Fields(value, f"status[{index}]") for index, value in enumerate(values))


def _id(status: Fields) -> int:
    return status.number("id")


def _state(status: Fields) -> CheckState:
    return _STATES.get(status.text_or("status"), CheckState.PENDING)


def _is_skipped(status: Fields) -> bool:
    return _state(status) is CheckState.SKIPPED


def read_reviews(values: Iterable[object]) -> tuple[Review, ...]:
    """Read the last word of each reviewer: a remark does not take back a verdict, a dismissal does."""
    last: dict[str, Review] = {}
    for index, value in enumerate(values):
        fields = Fields(value, f"review[{index}]")
        user = fields.fields_or_none("user")
        verdict = _VERDICTS.get(fields.text_or("state"))
        if user is None or verdict is None or fields.flag("dismissed"):
            continue
        author = user.text("login")
        if verdict is ReviewVerdict.COMMENTED and author in last:
            continue
        last[author] = Review(
            author=author,
            verdict=verdict,
            body=fields.text_or("body"),
            sha=Sha(fields.text_or("commit_id")) if fields.text_or("commit_id") else None,
            submitted_at=fields.moment("submitted_at"),
            stale=fields.flag("stale"),
        )
    return tuple(last.values())


def read_issue(value: object, repository: RepositoryRef) -> Issue:
    """Read an issue."""
    fields = Fields(value, "issue")
    assignees = tuple(user.text("login") for user in fields.listed("assignees"))
    key = str(fields.number("number"))
    return Issue(
        ref=IssueRef(source=repository.forge, repository=repository, key=key),
        title=fields.text_or("title"),
        body=fields.text_or("body"),
        state=IssueState.CLOSED if fields.text("state") == "closed" else IssueState.OPEN,
        author=_author(fields),
        labels=tuple(label.text("name") for label in fields.listed("labels")),
        assignees=assignees,
        url=fields.text_or("html_url"),
        created_at=fields.moment("created_at"),
        updated_at=fields.moment("updated_at"),
    )


def is_pull_request(value: object) -> bool:
    """Tell whether what came as an issue is a pull request."""
    return Fields(value, "issue").fields_or_none("pull_request") is not None


def read_comment(value: object) -> Comment:
    """Read a comment; one without a readable time counts as the oldest."""
    fields = Fields(value, "comment")
    return Comment(
        id=str(fields.number("id")),
        author=_author(fields),
        body=fields.text_or("body"),
        created_at=fields.moment("created_at") or datetime.fromtimestamp(0, UTC),
        updated_at=fields.moment("updated_at"),
        url=fields.text_or("html_url"),
    )


def read_labels(value: object) -> Sequence[tuple[int, str]]:
    """Read ids and names of labels."""
    return [(label.number("id"), label.text("name")) for label in read_list(value, "labels")]


def _author(fields: Fields) -> str:
    user = fields.fields_or_none("user")
    return user.text_or("login") if user is not None else ""


def _pull_request_state(fields: Fields) -> PullRequestState:
    if fields.flag("merged"):
        return PullRequestState.MERGED
    return PullRequestState.CLOSED if fields.text("state") == "closed" else PullRequestState.OPEN


def _check(name: str, fields: Fields, sha: Sha) -> Check:
    return Check(
        name=name,
        state=_state(fields),
        sha=sha,
        description=fields.text_or("description"),
        url=fields.text_or("target_url"),
        updated_at=fields.moment("updated_at"),
    )
