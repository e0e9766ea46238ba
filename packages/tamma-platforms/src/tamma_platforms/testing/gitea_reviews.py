"""How the fake Gitea keeps reviews: their remarks at lines, who resolved them, and who is asked."""

from collections.abc import Mapping, Sequence

from starlette.responses import JSONResponse, Response

from tamma_platforms.testing import gitea_views as views
from tamma_platforms.testing.gitea_asked import Asked, Refusal
from tamma_platforms.testing.gitea_state import FakeIssue, FakeRepository

REQUESTED = "REQUEST_REVIEW"


def add_review(item: FakeIssue, author: str, state: str, body: str, commit: str) -> dict[str, object]:
    """Keep a review and answer it as it is shown."""
    review: dict[str, object] = {"id": len(item.reviews) + 1, "user": views.user(author), "body": body}
    review |= {"state": state, "commit_id": commit, "comments_count": 0}
    item.reviews.append(review)
    return review


def add_remark(stored: FakeRepository, review: dict[str, object], remark: Mapping[str, object]) -> None:
    """Keep what a review says at a line, given as the API takes it."""
    kept = max((*stored.comments, *stored.remarks), default=0) + 1
    new, old = remark.get("new_position") or 0, remark.get("old_position") or 0
    stored.remarks[kept] = {
        "id": kept,
        "body": remark["body"],
        "user": review["user"],
        "resolver": None,
        "pull_request_review_id": review["id"],
        "created_at": stored.moment(),
        "path": remark["path"],
        "commit_id": review["commit_id"],
        "diff_hunk": "@@ -1 +1,2 @@",
        "position": new,
        "original_position": old,
        "html_url": f"http://forge.example/{stored.owner}/{stored.name}/pulls/1#issuecomment-{kept}",
    }
    review["comments_count"] = sum(other["pull_request_review_id"] == review["id"] for other in stored.remarks.values())


def create(stored: FakeRepository, item: FakeIssue, asked: Asked) -> Response:
    """Send a review; 500 for a line that the file does not have, and a review that is not sent then stays behind."""
    assert item.pull_request is not None
    head = stored.head_of(item.pull_request)
    said = asked.body.get("comments")
    remarks: Sequence[dict[str, object]] = said if isinstance(said, list) else []
    commit = asked.text("commit_id") or head
    if not all(_has_line(stored, commit, remark) for remark in remarks):
        add_review(item, asked.viewer, "PENDING", "", commit)
        raise Refusal(500, "")
    review = add_review(item, asked.viewer, asked.text("event"), asked.text("body"), commit)
    for remark in remarks:
        add_remark(stored, review, remark)
    return JSONResponse(review)


def remarks(stored: FakeRepository, item: FakeIssue, asked: Asked) -> Response:
    """Show what a review says at lines, all on one page."""
    review = int(asked.part("review"))
    if review not in {one["id"] for one in item.reviews}:
        raise Refusal(404, "not found")
    return JSONResponse([one for one in stored.remarks.values() if one["pull_request_review_id"] == review])


def resolve(stored: FakeRepository, asked: Asked) -> Response:
    """Mark one remark, again without an error."""
    remark = stored.remarks.get(int(asked.part("number")))
    if remark is None:
        raise Refusal(404, "GetCommentByID")
    remark["resolver"] = views.user(asked.viewer)
    return Response(status_code=204)


def request(item: FakeIssue, asked: Asked, accounts: set[str]) -> Response:
    """Ask accounts for a review; who is asked already is left out of the answer."""
    named = asked.body.get("reviewers")
    made: list[dict[str, object]] = []
    for name in named if isinstance(named, list) else []:
        if name not in accounts:
            raise Refusal(404, f"User '{name}' not exist")
        if name == item.author:
            raise Refusal(422, "poster of pr can't be reviewer [user_id: 1, repo_id: 1]")
        if name not in requested(item):
            made.append(add_review(item, name, REQUESTED, "", ""))
    return JSONResponse(made, 201)


def requested(item: FakeIssue) -> list[str]:
    """Name who is asked for a review."""
    return [_login(review) for review in item.reviews if review["state"] == REQUESTED]


def _login(review: Mapping[str, object]) -> str:
    user = review["user"]
    return str(user["login"]) if isinstance(user, dict) else ""


def _has_line(stored: FakeRepository, commit: str, remark: Mapping[str, object]) -> bool:
    line = remark.get("new_position")
    content = stored.commits[commit].files.get(str(remark["path"]))
    return content is None or not isinstance(line, int) or line <= len(content.splitlines())
