"""A Gitea in memory that speaks the real one's wire: URLs, pages, refusals and their traps."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tamma_platforms.testing import gitea_actions as actions
from tamma_platforms.testing import gitea_reviews as reviews
from tamma_platforms.testing import gitea_views as views
from tamma_platforms.testing.gitea_asked import Asked, Refusal
from tamma_platforms.testing.gitea_merge import merge
from tamma_platforms.testing.gitea_state import FakeComment, FakeIssue, FakePullRequest, FakeRepository

API = "/api/v1"
MAX_RESPONSE_ITEMS = 50
DEFAULT_PAGE_ITEMS = 30
_NOT_FOUND = 404


@dataclass(slots=True, kw_only=True)
class Fault:
    """Answer `status` to the next matching requests; with `after`, only once the work is done."""

    method: str
    path: str
    status: int
    times: int = 1
    after: bool = False
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class GiteaFake:
    """Own the fake's state and its application; `root` is where it believes to be reached."""

    version: str = "1.26.0"
    root: str = "http://forge.example"
    max_items: int = MAX_RESPONSE_ITEMS
    tokens: dict[str, str] = field(default_factory=dict)
    repositories: dict[str, FakeRepository] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unlisted: int = 0
    """So many lists of pull requests and comments are still empty, as from a replica that lags behind."""
    requests: list[str] = field(default_factory=list)
    bodies: list[object] = field(default_factory=list)

    def application(self) -> Starlette:
        """Build the application."""
        return Starlette(routes=self._routes())

    def _routes(self) -> Sequence[BaseRoute]:
        repo, number, name = f"{API}/repos/{{owner}}/{{repo}}", "{number:int}", "{name:path}"
        table: list[tuple[str, str, _Handler]] = [
            ("GET", f"{API}/version", self._version),
            ("GET", f"{API}/user", self._user),
            ("GET", repo, self._repository),
            ("GET", f"{repo}/branches/{name}", self._branch),
            ("POST", f"{repo}/branches", self._create_branch),
            ("DELETE", f"{repo}/branches/{name}", self._delete_branch),
            ("GET", f"{repo}/git/commits/{name}", self._commit),
            ("GET", f"{repo}/contents", self._contents),
            ("GET", f"{repo}/contents/{name}", self._contents),
            ("GET", f"{repo}/collaborators/{{user}}/permission", self._permission),
            ("GET", f"{repo}/assignees", self._assignees),
            ("GET", f"{repo}/teams", self._teams),
            ("GET", f"{repo}/pulls", self._pulls),
            ("POST", f"{repo}/pulls", self._create_pull),
            ("GET", f"{repo}/pulls/{number}", self._pull),
            ("PATCH", f"{repo}/pulls/{number}", self._edit),
            ("POST", f"{repo}/pulls/{number}/merge", self._merge),
            ("GET", f"{repo}/pulls/{number}/reviews", self._reviews),
            ("POST", f"{repo}/pulls/{number}/reviews", self._of_change(reviews.create)),
            ("GET", f"{repo}/pulls/{number}/reviews/{{review:int}}/comments", self._of_change(reviews.remarks)),
            ("POST", f"{repo}/pulls/{number}/requested_reviewers", self._request_reviews),
            ("POST", f"{repo}/pulls/comments/{number}/resolve", self._of(reviews.resolve)),
            ("GET", f"{repo}/statuses/{{sha}}", self._statuses),
            ("GET", f"{repo}/actions/runs", self._runs),
            ("GET", f"{repo}/actions/runs/{number}/jobs", self._of(actions.jobs)),
            ("GET", f"{repo}/actions/jobs/{number}", self._of(actions.job)),
            ("GET", f"{repo}/actions/jobs/{number}/logs", self._of(actions.log)),
            ("POST", f"{repo}/actions/runs/{number}/rerun-failed-jobs", self._of(actions.rerun)),
            ("POST", f"{repo}/actions/workflows/{{workflow}}/dispatches", self._of(actions.dispatch)),
            ("GET", f"{repo}/issues", self._issues),
            ("GET", f"{repo}/issues/{number}", self._issue),
            ("PATCH", f"{repo}/issues/{number}", self._edit),
            ("GET", f"{repo}/issues/{number}/comments", self._comments),
            ("POST", f"{repo}/issues/{number}/comments", self._add_comment),
            ("PATCH", f"{repo}/issues/comments/{number}", self._edit_comment),
            ("DELETE", f"{repo}/issues/comments/{number}", self._delete_comment),
            ("GET", f"{repo}/issues/{number}/labels", self._labels),
            ("POST", f"{repo}/issues/{number}/labels", self._add_labels),
            ("DELETE", f"{repo}/issues/{number}/labels/{{label:int}}", self._remove_label),
            ("GET", f"{repo}/labels", self._all_labels),
            ("POST", f"{repo}/labels", self._create_label),
        ]
        return [Route(path, self._guarded(handler), methods=[method]) for method, path, handler in table]

    def _guarded(self, handler: "_Handler") -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.json() if await request.body() else {}
            self.requests.append(f"{request.method} {request.url.path}")
            self.bodies.append(body)
            fault = next((fault for fault in self.faults if _hits(fault, request)), None)
            if fault is not None and not fault.after:
                return _faulty(fault)
            try:
                response = handler(Asked(request, body, self._viewer(request)))
            except Refusal as refusal:
                response = JSONResponse({"message": refusal.message, "url": f"{self.root}/api/swagger"}, refusal.status)
            return _faulty(fault) if fault is not None else response

        return endpoint

    def _viewer(self, request: Request) -> str:
        sent = request.headers.get("authorization", "")
        if not sent:
            return ""
        if sent.removeprefix("token ") not in self.tokens:
            raise Refusal(401, "invalid username, password or token")
        return self.tokens[sent.removeprefix("token ")]

    def _stored(self, asked: Asked, *, write: bool = False) -> FakeRepository:
        wanted = f"{asked.part('owner')}/{asked.part('repo')}".casefold()
        stored = next((one for name, one in self.repositories.items() if name.casefold() == wanted), None)
        if stored is None:
            raise Refusal(_NOT_FOUND, "not found")
        if write and stored.archived:
            raise Refusal(423, f"{stored.owner}/{stored.name} is archived")
        if write and not stored.may_write(asked.viewer):
            raise Refusal(403, "user should have a permission to write to a repo")
        return stored

    def _item(self, asked: Asked, missing: int = _NOT_FOUND) -> tuple[FakeRepository, FakeIssue]:
        stored = self._stored(asked)
        item = stored.issues.get(int(asked.part("number")))
        if item is None:
            raise Refusal(missing, "" if missing != _NOT_FOUND else "not found")
        if not stored.has_issues and item.pull_request is None:
            raise Refusal(_NOT_FOUND, "not found")
        return stored, item

    def _change(self, asked: Asked) -> tuple[FakeRepository, FakeIssue, FakePullRequest]:
        stored, item = self._item(asked)
        if item.pull_request is None:
            raise Refusal(_NOT_FOUND, "not found")
        return stored, item, item.pull_request

    def _of(self, answer: Callable[[FakeRepository, Asked], Response]) -> "_Handler":
        return lambda asked: answer(self._stored(asked, write=asked.request.method != "GET"), asked)

    def _of_change(self, answer: Callable[[FakeRepository, FakeIssue, Asked], Response]) -> "_Handler":
        return lambda asked: answer(self._stored(asked), self._change(asked)[1], asked)

    def _paged(self, asked: Asked, values: Sequence[object], *, links: bool = True, key: str = "") -> Response:
        limit = min(int(asked.query.get("limit", 0)) or DEFAULT_PAGE_ITEMS, self.max_items)
        page = max(1, int(asked.query.get("page", 1)))
        shown = list(values[(page - 1) * limit : page * limit])
        headers = {"x-total-count": str(len(values))}
        if links and page * limit < len(values):
            query = urlencode({**asked.query, "page": str(page + 1)})
            headers["link"] = f'<{self.root}{asked.request.url.path}?{query}>; rel="next"'
        return JSONResponse({key: shown, "total_count": len(values)} if key else shown, headers=headers)

    def _version(self, _: Asked) -> Response:
        return JSONResponse({"version": self.version})

    def _user(self, asked: Asked) -> Response:
        if not asked.viewer:
            raise Refusal(401, "token is required")
        return JSONResponse(views.user(asked.viewer))

    def _repository(self, asked: Asked) -> Response:
        return JSONResponse(views.repository(self._stored(asked), asked.viewer, self.root))

    def _branch(self, asked: Asked) -> Response:
        stored = self._stored(asked)
        if asked.part("name") not in stored.branches:
            raise Refusal(_NOT_FOUND, "not found")
        return JSONResponse(views.branch(stored, asked.part("name")))

    def _create_branch(self, asked: Asked) -> Response:
        stored = self._stored(asked, write=True)
        name, sha = asked.text("new_branch_name"), asked.text("old_ref_name")
        if sha not in stored.commits:
            raise Refusal(500, "")
        if name in stored.branches:
            raise Refusal(409, "The branch already exists.")
        stored.branches[name] = sha
        return JSONResponse(views.branch(stored, name), 201)

    def _delete_branch(self, asked: Asked) -> Response:
        stored = self._stored(asked, write=True)
        if stored.branches.pop(asked.part("name"), None) is None:
            raise Refusal(_NOT_FOUND, "not found")
        return Response(status_code=204)

    def _commit(self, asked: Asked) -> Response:
        if asked.part("name") not in self._stored(asked).commits:
            raise Refusal(_NOT_FOUND, "not found")
        return JSONResponse({"sha": asked.part("name")})

    def _contents(self, asked: Asked) -> Response:
        commit = self._stored(asked).resolve(asked.query.get("ref", "main"))
        shown = views.contents(commit, asked.part("name")) if commit else None
        if shown is None:
            raise Refusal(_NOT_FOUND, "GetContentsOrList")
        return JSONResponse(shown)

    def _permission(self, asked: Asked) -> Response:
        stored = self._stored(asked)
        if asked.viewer not in {asked.part("user"), stored.owner}:
            raise Refusal(403, "Only admins can query all permissions, collaborators can query only their own")
        right = "write" if stored.may_write(asked.part("user")) else "read"
        return JSONResponse({"permission": right, "user": views.user(asked.part("user"))})

    def _assignees(self, asked: Asked) -> Response:
        stored = self._stored(asked)
        return JSONResponse(
            [views.user(name) for name in (*sorted(stored.writers | stored.readers_assignable), stored.owner)]
        )

    def _teams(self, asked: Asked) -> Response:
        stored = self._stored(asked)
        if stored.teams is None:
            raise Refusal(405, "repo is not owned by an organization")
        return self._paged(asked, stored.teams, links=False)

    def _pulls(self, asked: Asked) -> Response:
        stored = self._stored(asked)
        state, base = asked.query.get("state", "open"), asked.query.get("base_branch", "")
        shown = [
            views.pull_request(stored, item, item.pull_request, self.root)
            for item in sorted(stored.issues.values(), key=lambda item: -item.number)
            if item.pull_request
            and (not base or item.pull_request.base == base)
            and state in {"all", "open" if item.open else "closed"}
        ]
        return self._paged(asked, self._listed(shown))

    def _listed(self, shown: list[dict[str, object]]) -> list[dict[str, object]]:
        if not self.unlisted:
            return shown
        self.unlisted -= 1
        return []

    def _create_pull(self, asked: Asked) -> Response:
        stored = self._stored(asked, write=True)
        head, base = asked.text("head"), asked.text("base")
        if head not in stored.branches or base not in stored.branches:
            raise Refusal(_NOT_FOUND, "not found")
        for other in stored.issues.values():
            change = other.pull_request
            if other.open and change and (change.head, change.base) == (head, base):
                raise Refusal(409, f"pull request already exists for these targets [issue_id: {other.number}]")
        change = FakePullRequest(head=head, base=base, head_sha=stored.branches[head])
        item = self._add_issue(stored, asked, change)
        return JSONResponse(views.pull_request(stored, item, change, self.root), 201)

    def _add_issue(self, stored: FakeRepository, asked: Asked, change: FakePullRequest | None) -> FakeIssue:
        return add_issue(stored, asked.viewer, asked.text("title"), asked.text("body"), change)

    def _pull(self, asked: Asked) -> Response:
        return JSONResponse(views.pull_request(*self._change(asked), self.root))

    def _edit(self, asked: Asked) -> Response:
        stored, item = self._item(asked)
        self._stored(asked, write=True)
        state = asked.body.get("state")
        if item.pull_request and item.pull_request.merge_sha and state:
            raise Refusal(412, "cannot change state of this pull request, it was already merged")
        item.title = asked.text("title") or item.title
        item.body = asked.text("body") if "body" in asked.body else item.body
        item.open = state == "open" if state else item.open
        if item.pull_request:
            return JSONResponse(views.pull_request(stored, item, item.pull_request, self.root), 201)
        return JSONResponse(views.issue(stored, item, self.root), 201)

    def _merge(self, asked: Asked) -> Response:
        stored, item, change = self._change(asked)
        style, head = asked.text("Do"), asked.text("head_commit_id")
        refused = merge(stored, item, change, viewer=asked.viewer, style=style, expected=head)
        if refused is not None:
            raise Refusal(*refused)
        return Response(status_code=200)

    def _reviews(self, asked: Asked) -> Response:
        _, item, _ = self._change(asked)
        return self._paged(asked, item.reviews, links=False)

    def _request_reviews(self, asked: Asked) -> Response:
        stored, item, _ = self._change(asked)
        return reviews.request(item, asked, {stored.owner, *stored.writers, *self.tokens.values()})

    def _statuses(self, asked: Asked) -> Response:
        stored = self._stored(asked)
        shown = [status for status in stored.statuses if status["sha"] == asked.part("sha")]
        return self._paged(asked, shown)

    def _runs(self, asked: Asked) -> Response:
        stored = self._stored(asked)
        if not stored.has_actions:
            raise Refusal(403, "user should have specific read permission or be a repo admin or a site admin")
        return self._paged(asked, actions.runs(stored, asked), key="workflow_runs")

    def _issues(self, asked: Asked) -> Response:
        stored = self._stored(asked)
        if not stored.has_issues:
            raise Refusal(_NOT_FOUND, "not found")
        if asked.query.get("assigned_by"):
            raise Refusal(_NOT_FOUND, "user does not exist")
        known = set(stored.labels.values())
        wanted = set(asked.query.get("labels", "").split(",")) & known
        shown = [
            views.issue(stored, item, self.root)
            for item in sorted(stored.issues.values(), key=lambda item: -item.number)
            if (item.pull_request is None or asked.query.get("type") != "issues")
            and item.open == (asked.query.get("state", "open") == "open")
            and wanted <= {stored.labels[label] for label in item.labels}
        ]
        return self._paged(asked, shown)

    def _issue(self, asked: Asked) -> Response:
        return JSONResponse(views.issue(*self._item(asked), self.root))

    def _comments(self, asked: Asked) -> Response:
        stored, item = self._item(asked, missing=500)
        shown = [comment for comment in stored.comments.values() if comment.number == item.number]
        listed = self._listed([views.comment(stored, comment, self.root) for comment in shown])
        return JSONResponse(listed, headers={"x-total-count": str(len(listed))})

    def _add_comment(self, asked: Asked) -> Response:
        stored, item = self._item(asked, missing=500)
        if stored.archived:
            raise Refusal(423, f"{stored.owner}/{stored.name} is archived")
        made = FakeComment(
            max(stored.comments, default=0) + 1, item.number, asked.viewer, asked.text("body"), stored.moment()
        )
        stored.comments[made.id] = made
        return JSONResponse(views.comment(stored, made, self.root), 201)

    def _edit_comment(self, asked: Asked) -> Response:
        stored = self._stored(asked, write=True)
        comment = stored.comments.get(int(asked.part("number")))
        if comment is None:
            raise Refusal(_NOT_FOUND, "not found")
        comment.body, comment.updated = asked.text("body"), stored.moment()
        return JSONResponse(views.comment(stored, comment, self.root))

    def _delete_comment(self, asked: Asked) -> Response:
        if self._stored(asked, write=True).comments.pop(int(asked.part("number")), None) is None:
            raise Refusal(_NOT_FOUND, "not found")
        return Response(status_code=204)

    def _all_labels(self, asked: Asked) -> Response:
        stored = self._stored(asked)
        return self._paged(asked, [views.label(stored, label) for label in stored.labels])

    def _labels(self, asked: Asked) -> Response:
        stored, item = self._item(asked)
        return JSONResponse([views.label(stored, label) for label in item.labels])

    def _add_labels(self, asked: Asked) -> Response:
        stored, item = self._item(asked)
        self._stored(asked, write=True)
        wanted = asked.body.get("labels")
        for label_id, name in stored.labels.items():
            if isinstance(wanted, list) and {label_id, name} & set(wanted) and label_id not in item.labels:
                item.labels.append(label_id)
        return self._labels(asked)

    def _remove_label(self, asked: Asked) -> Response:
        _, item = self._item(asked)
        self._stored(asked, write=True)
        item.labels = [label for label in item.labels if label != int(asked.part("label"))]
        return Response(status_code=204)

    def _create_label(self, asked: Asked) -> Response:
        stored = self._stored(asked, write=True)
        return JSONResponse(views.label(stored, add_label(stored, asked.text("name"))), 201)


_Handler = Callable[[Asked], Response]


def add_issue(
    stored: FakeRepository, author: str, title: str, body: str, change: FakePullRequest | None = None
) -> FakeIssue:
    """Open an issue or pull request."""
    number = max(stored.issues, default=0) + 1
    item = FakeIssue(number=number, author=author, title=title, body=body, created=stored.moment(), pull_request=change)
    stored.issues[number] = item
    return item


def add_label(stored: FakeRepository, name: str) -> int:
    """Make a label and answer its id."""
    label_id = max(stored.labels, default=0) + 1
    stored.labels[label_id] = name
    return label_id


def _hits(fault: Fault, request: Request) -> bool:
    if fault.times <= 0 or fault.method != request.method or not re.search(fault.path, request.url.path):
        return False
    fault.times -= 1
    return True


def _faulty(fault: Fault) -> Response:
    said = {"message": fault.message, "url": "http://forge.example/api/swagger"}
    return JSONResponse(said, fault.status, headers=fault.headers)
