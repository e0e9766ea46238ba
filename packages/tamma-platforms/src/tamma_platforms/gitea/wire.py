"""Requests to Gitea, built without I/O.

Source of all shapes: the API description that Gitea serves at `/swagger.v1.json`, checked against 1.26.
"""

from collections.abc import Sequence
from urllib.parse import quote

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import MergeMethod, PullRequestDraft, PullRequestState, PullRequestUpdate
from tamma_core.domain.repository import IssueFilters, RepositoryRef
from tamma_core.domain.review import ReviewThread

from tamma_platforms.gitea.actions_reading import has_no_log
from tamma_platforms.http.call import Call, Json

PAGE_SIZE = "50"
MAX_DIGITS = 18
LABEL_COLOUR = "#8a94a6"
_STYLES = {MergeMethod.MERGE: "merge", MergeMethod.SQUASH: "squash", MergeMethod.REBASE: "rebase"}


def repository_path(repository: RepositoryRef) -> str:
    """Answer the path of a repository; raise `InvalidInput` unless it is `owner/name`."""
    owner, _, name = repository.path.partition("/")
    if {owner, name} & {"", ".", ".."} or "/" in name:
        raise InvalidInput(f"`{repository.path}` is no repository of a Gitea", hint="write it as `owner/name`")
    return f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"


def number_of(key: str) -> int:
    """Read the key of an issue; raise `InvalidInput` when it is no number."""
    if not (key.isascii() and key.isdigit() and len(key) <= MAX_DIGITS):
        raise InvalidInput(f"`{key}` is no issue of a Gitea", hint="issues have numbers there")
    return int(key)


def _file_path(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    if {".", ".."} & set(parts):
        raise InvalidInput(f"`{path}` is no path inside a repository")
    return quote("/".join(parts))


def get_version() -> Call:
    """Ask for `{"version": text}`; needs no token."""
    return Call(method="GET", path="/version")


def get_user() -> Call:
    """Ask who we are."""
    return Call(method="GET", path="/user")


def get_repository(repository: RepositoryRef) -> Call:
    """Ask for a repository; 301 after a rename."""
    return Call(method="GET", path=repository_path(repository))


def get_branch(repository: RepositoryRef, name: str) -> Call:
    """Ask for a branch and what our account may know of its protection."""
    return Call(method="GET", path=f"{repository_path(repository)}/branches/{quote(name)}")


def create_branch(repository: RepositoryRef, name: str, sha: Sha) -> Call:
    """Make a branch; 409 when it exists, 500 when the commit does not."""
    body: Json = {"new_branch_name": name, "old_ref_name": sha}
    return Call(method="POST", path=f"{repository_path(repository)}/branches", body=body)


def delete_branch(repository: RepositoryRef, name: str) -> Call:
    """Remove a branch; 404 when it is gone."""
    return Call(method="DELETE", path=f"{repository_path(repository)}/branches/{quote(name)}")


def get_commit(repository: RepositoryRef, sha: Sha) -> Call:
    """Ask whether a commit is there."""
    query = {"stat": "false", "verification": "false", "files": "false"}
    return Call(method="GET", path=f"{repository_path(repository)}/git/commits/{quote(sha, safe='')}", query=query)


def get_contents(repository: RepositoryRef, path: str, ref: str) -> Call:
    """Ask for a file or directory at a ref; `raw` would answer the default branch's file for an unknown ref."""
    below = _file_path(path)
    tail = f"/{below}" if below else ""
    return Call(method="GET", path=f"{repository_path(repository)}/contents{tail}", query={"ref": ref})


def get_protection(repository: RepositoryRef, rule: str) -> Call:
    """Ask for a rule; administrators of the repository only."""
    return Call(method="GET", path=f"{repository_path(repository)}/branch_protections/{quote(rule, safe='')}")


def get_permission(repository: RepositoryRef, user: str) -> Call:
    """Ask what a user may do: 403 unless we ask for ourselves or administer the repository."""
    path = f"{repository_path(repository)}/collaborators/{quote(user, safe='')}/permission"
    return Call(method="GET", path=path)


def get_assignees(repository: RepositoryRef) -> Call:
    """Ask who may be assigned, all on one page: those with write access, and in an organisation some readers."""
    return Call(method="GET", path=f"{repository_path(repository)}/assignees")


def get_teams(repository: RepositoryRef) -> Call:
    """Ask which teams of an organisation have access, and which."""
    return Call(method="GET", path=f"{repository_path(repository)}/teams", query={"limit": PAGE_SIZE})


def create_pull_request(repository: RepositoryRef, draft: PullRequestDraft) -> Call:
    """Open a pull request; 409 when one is open from this head to this base, 404 when a branch is missing."""
    body: Json = {"head": draft.head, "base": draft.base, "title": draft.title, "body": draft.body}
    return Call(method="POST", path=f"{repository_path(repository)}/pulls", body=body)


def list_pull_requests(repository: RepositoryRef, *, base: str | None = None, state: str) -> Call:
    """List pull requests, into a base or into any, newest first."""
    query = {"state": state, "limit": PAGE_SIZE}
    if base is not None:
        query["base_branch"] = base
    return Call(method="GET", path=f"{repository_path(repository)}/pulls", query=query)


def get_pull_request(repository: RepositoryRef, number: int) -> Call:
    """Ask for a pull request."""
    return Call(method="GET", path=f"{repository_path(repository)}/pulls/{number}")


def update_pull_request(repository: RepositoryRef, number: int, update: PullRequestUpdate) -> Call:
    """Change title, body or state; 412 when it is merged already."""
    body: dict[str, Json] = {}
    if update.title is not None:
        body["title"] = update.title
    if update.body is not None:
        body["body"] = update.body
    if update.state is not None:
        if update.state is PullRequestState.MERGED:
            raise InvalidInput("a pull request is merged by merging it, not by an update")
        body["state"] = update.state.value
    return Call(method="PATCH", path=f"{repository_path(repository)}/pulls/{number}", body=body)


def merge_pull_request(
    repository: RepositoryRef, number: int, *, head_sha: Sha, method: MergeMethod, message: str
) -> Call:
    """Merge this head now.

    `force_merge` and `merge_when_checks_succeed` are never sent: the latter would not carry the head.
    """
    title, _, rest = message.strip().partition("\n")
    body: dict[str, Json] = {"Do": _STYLES[method], "head_commit_id": head_sha}
    if title:
        body["MergeTitleField"] = title
        body["MergeMessageField"] = rest.strip()
    return Call(method="POST", path=f"{repository_path(repository)}/pulls/{number}/merge", body=body)


def list_reviews(repository: RepositoryRef, number: int) -> Call:
    """List reviews, oldest first."""
    path = f"{repository_path(repository)}/pulls/{number}/reviews"
    return Call(method="GET", path=path, query={"limit": PAGE_SIZE})


def list_review_comments(repository: RepositoryRef, number: int, review: int) -> Call:
    """List what a review says at lines, all on one page."""
    return Call(method="GET", path=f"{repository_path(repository)}/pulls/{number}/reviews/{review}/comments")


def comment_at_line(repository: RepositoryRef, number: int, thread: ReviewThread, body: str) -> Call:
    """Send a review of one remark at the line of a thread; 500 where the commit has no such line."""
    place = "old_position" if thread.old_side else "new_position"
    remark: dict[str, Json] = {"path": thread.path, "body": body, place: thread.line}
    review: dict[str, Json] = {"event": "COMMENT", "body": "", "comments": [remark]}
    if thread.commit is not None:
        review["commit_id"] = thread.commit
    return Call(method="POST", path=f"{repository_path(repository)}/pulls/{number}/reviews", body=review)


def resolve_comment(repository: RepositoryRef, comment_id: str) -> Call:
    """Mark the thread of a review's comment as settled, again without an error; 404 before 1.26."""
    return Call(method="POST", path=f"{repository_path(repository)}/pulls/comments/{number_of(comment_id)}/resolve")


def request_review(repository: RepositoryRef, number: int, reviewers: Sequence[str]) -> Call:
    """Ask people for a review; 404 for an unknown name, 422 for one that may not review."""
    body: Json = {"reviewers": list(reviewers)}
    return Call(method="POST", path=f"{repository_path(repository)}/pulls/{number}/requested_reviewers", body=body)


def list_statuses(repository: RepositoryRef, sha: Sha) -> Call:
    """List the history of statuses at a commit; an unknown commit has none."""
    path = f"{repository_path(repository)}/statuses/{quote(sha, safe='')}"
    return Call(method="GET", path=path, query={"limit": PAGE_SIZE})


def list_runs(repository: RepositoryRef, sha: Sha) -> Call:
    """List the runs of Actions at a commit; 403 where Actions are off, 404 before 1.25."""
    query = {"head_sha": sha, "limit": PAGE_SIZE}
    return Call(method="GET", path=f"{repository_path(repository)}/actions/runs", query=query)


def list_jobs(repository: RepositoryRef, run: int) -> Call:
    """Ask for the jobs of a run, `{"jobs": […]}`."""
    return Call(method="GET", path=f"{repository_path(repository)}/actions/runs/{run}/jobs")


def get_job_log(repository: RepositoryRef, job: int) -> Call:
    """Ask for the log of a job, as plain text."""
    path = f"{repository_path(repository)}/actions/jobs/{job}/logs"
    return Call(method="GET", path=path, accept="text/plain", means=has_no_log)


def get_job(repository: RepositoryRef, job: int) -> Call:
    """Ask for a job; 404 before 1.25."""
    return Call(method="GET", path=f"{repository_path(repository)}/actions/jobs/{job}")


def rerun_failed_jobs(repository: RepositoryRef, run: int) -> Call:
    """Repeat the failed jobs of a run; 400 while it is under way or its workflow is off, 404 before 1.26."""
    return Call(method="POST", path=f"{repository_path(repository)}/actions/runs/{run}/rerun-failed-jobs")


def dispatch(repository: RepositoryRef, workflow: str, ref: str) -> Call:
    """Start a workflow at a branch."""
    path = f"{repository_path(repository)}/actions/workflows/{quote(workflow, safe='')}/dispatches"
    return Call(method="POST", path=path, body={"ref": ref})


def list_issues(repository: RepositoryRef, filters: IssueFilters) -> Call:
    """List issues, newest first, without pull requests; a label that does not exist would not restrict."""
    query = {"type": "issues", "state": filters.state.value, "limit": PAGE_SIZE}
    labels = [label for label in filters.labels if "," not in label]
    if labels:
        query["labels"] = ",".join(labels)
    if filters.assignee:
        query["assigned_by"] = filters.assignee
    return Call(method="GET", path=f"{repository_path(repository)}/issues", query=query)


def get_issue(repository: RepositoryRef, number: int) -> Call:
    """Ask for an issue; a pull request answers too, with `pull_request` set."""
    return Call(method="GET", path=f"{repository_path(repository)}/issues/{number}")


def close_issue(repository: RepositoryRef, number: int) -> Call:
    """Close an issue."""
    return Call(method="PATCH", path=f"{repository_path(repository)}/issues/{number}", body={"state": "closed"})


def reopen_issue(repository: RepositoryRef, number: int) -> Call:
    """Open an issue again."""
    return Call(method="PATCH", path=f"{repository_path(repository)}/issues/{number}", body={"state": "open"})


def list_comments(repository: RepositoryRef, number: int) -> Call:
    """List all comments of an issue or pull request, oldest first, on one page; 500 when it does not exist."""
    return Call(method="GET", path=f"{repository_path(repository)}/issues/{number}/comments")


def create_comment(repository: RepositoryRef, number: int, body: str) -> Call:
    """Comment on an issue or pull request."""
    return Call(method="POST", path=f"{repository_path(repository)}/issues/{number}/comments", body={"body": body})


def update_comment(repository: RepositoryRef, comment_id: str, body: str) -> Call:
    """Change a comment."""
    path = f"{repository_path(repository)}/issues/comments/{number_of(comment_id)}"
    return Call(method="PATCH", path=path, body={"body": body})


def delete_comment(repository: RepositoryRef, comment_id: str) -> Call:
    """Remove a comment; 404 when it is gone."""
    return Call(method="DELETE", path=f"{repository_path(repository)}/issues/comments/{number_of(comment_id)}")


def list_labels(repository: RepositoryRef) -> Call:
    """List the repository's own labels; those of an organisation live elsewhere."""
    return Call(method="GET", path=f"{repository_path(repository)}/labels", query={"limit": PAGE_SIZE})


def create_label(repository: RepositoryRef, name: str) -> Call:
    """Make a label; Gitea lets two have one name."""
    body: Json = {"name": name, "color": LABEL_COLOUR}
    return Call(method="POST", path=f"{repository_path(repository)}/labels", body=body)


def list_issue_labels(repository: RepositoryRef, number: int) -> Call:
    """List the labels of an issue or pull request, with their ids."""
    return Call(method="GET", path=f"{repository_path(repository)}/issues/{number}/labels")


def add_labels(repository: RepositoryRef, number: int, labels: Sequence[int] | Sequence[str]) -> Call:
    """Add labels by id, or by name, which also finds those of the organisation and drops unknown ones."""
    body: Json = {"labels": list(labels)}
    return Call(method="POST", path=f"{repository_path(repository)}/issues/{number}/labels", body=body)


def remove_label(repository: RepositoryRef, number: int, label_id: int) -> Call:
    """Take a label off; one that is not there is no error."""
    return Call(method="DELETE", path=f"{repository_path(repository)}/issues/{number}/labels/{label_id}")
