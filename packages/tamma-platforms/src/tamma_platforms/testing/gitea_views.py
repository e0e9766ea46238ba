"""How the fake Gitea shows what it remembers, with the field names of the real one."""

import base64

from tamma_platforms.testing.gitea_state import FakeComment, FakeCommit, FakeIssue, FakePullRequest, FakeRepository

Shown = dict[str, object]


def user(name: str) -> Shown:
    """Show an account."""
    return {"id": sum(name.encode()), "login": name, "username": name, "full_name": "", "email": f"{name}@git.example"}


def repository(stored: FakeRepository, viewer: str, root: str) -> Shown:
    """Show a repository to a user."""
    full_name = f"{stored.owner}/{stored.name}"
    push = stored.may_write(viewer)
    return {
        "id": 1,
        "owner": user(stored.owner),
        "name": stored.name,
        "full_name": full_name,
        "empty": not stored.branches,
        "archived": stored.archived,
        "has_issues": stored.has_issues,
        "html_url": f"{root}/{full_name}",
        "clone_url": f"{root}/{full_name}.git",
        "default_branch": "main",
        "permissions": {"admin": viewer == stored.owner, "push": push, "pull": True},
    }


def branch(stored: FakeRepository, name: str) -> Shown:
    """Show a branch as who does not administer the repository sees it."""
    rule = stored.protected.get(name)
    shown: Shown = {
        "name": name,
        "commit": {"id": stored.branches[name], "message": "m\n"},
        "protected": rule is not None,
        "required_approvals": 0,
        "enable_status_check": False,
        "status_check_contexts": [],
        "effective_branch_protection_name": "",
    }
    return shown | (rule or {})


def contents(commit: FakeCommit, path: str) -> object | None:
    """Show a file, a directory, or none."""
    if path in commit.files:
        return _file(path, commit.files[path]) | {"content": base64.b64encode(commit.files[path]).decode()}
    below = f"{path}/" if path else ""
    inside = [name for name in commit.files if name.startswith(below)]
    if not inside:
        return None
    files = [_file(name, commit.files[name]) for name in inside if "/" not in name[len(below) :]]
    folders = {below + name[len(below) :].split("/")[0] for name in inside if "/" in name[len(below) :]}
    return files + [{"name": name.rpartition("/")[2], "path": name, "type": "dir"} for name in sorted(folders)]


def _file(path: str, content: bytes) -> Shown:
    name = path.rpartition("/")[2]
    return {"name": name, "path": path, "type": "file", "size": len(content), "encoding": "base64", "content": None}


def label(stored: FakeRepository, label_id: int) -> Shown:
    """Show a label."""
    return {"id": label_id, "name": stored.labels[label_id], "color": "00aabb", "description": ""}


def issue(stored: FakeRepository, item: FakeIssue, root: str) -> Shown:
    """Show an issue, or a pull request as the issue list does."""
    kind = "pulls" if item.pull_request else "issues"
    return {
        "id": item.number,
        "number": item.number,
        "user": user(item.author),
        "title": item.title,
        "body": item.body,
        "labels": [label(stored, label_id) for label_id in item.labels],
        "assignee": None,
        "assignees": None,
        "state": "open" if item.open else "closed",
        "html_url": f"{root}/{stored.owner}/{stored.name}/{kind}/{item.number}",
        "created_at": item.created,
        "updated_at": item.created,
        "pull_request": {"merged": bool(item.pull_request.merge_sha)} if item.pull_request else None,
    }


def pull_request(stored: FakeRepository, item: FakeIssue, change: FakePullRequest, root: str) -> Shown:
    """Show a pull request; it becomes mergeable only by a look after the one that began its check."""
    head, base = stored.head_of(change), stored.branches.get(change.base, "")
    draft = item.title.lower().startswith(("wip:", "[wip]"))
    checked = (item.number, head, base) in stored.checked
    clean = checked and not change.merge_sha and stored.merged_files(base, head) is not None
    stored.checked.add((item.number, head, base))
    kept = change.head in stored.branches
    return issue(stored, item, root) | {
        "draft": draft,
        "mergeable": clean and not draft,
        "merged": bool(change.merge_sha),
        "merge_commit_sha": change.merge_sha or None,
        "head": {
            "label": change.head,
            "ref": change.head if kept else f"refs/pull/{item.number}/head",
            "sha": head,
            "repo_id": 1,
            "repo": repository(stored, "", root),
        },
        "base": {"label": change.base, "ref": change.base, "sha": base, "repo_id": 1},
    }


def comment(stored: FakeRepository, item: FakeComment, root: str) -> Shown:
    """Show a comment."""
    return {
        "id": item.id,
        "html_url": f"{root}/{stored.owner}/{stored.name}/issues/{item.number}#issuecomment-{item.id}",
        "user": user(item.author),
        "body": item.body,
        "created_at": item.created,
        "updated_at": item.updated or item.created,
    }
