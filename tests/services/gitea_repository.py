"""Fill one repository on Gitea with what a test needs."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from services.daemon import await_condition
from services.gitea_account import Account, GiteaError, Json

Files: TypeAlias = Mapping[str, str | bytes | None]
"""Contents by path; none removes the file."""


@dataclass(frozen=True, slots=True)
class Repository:
    """Act on the repository `owner/name`, as its owner unless another account is named."""

    owner: Account
    name: str
    url: str
    """The address without credentials from which git clones."""

    @property
    def path(self) -> str:
        """Return the repository's path below `/api/v1`."""
        return f"/repos/{self.owner.name}/{self.name}"

    def add_collaborator(self, user: Account, permission: str) -> None:
        """Give `user` the permission `read`, `write` or `admin`."""
        body: Json = {"permission": permission}
        self.owner.call("PUT", f"{self.path}/collaborators/{user.name}", body)

    def admit(self, *users: Account) -> None:
        """Give write access to the users named."""
        for user in users:
            self.add_collaborator(user, "write")

    def add_label(self, name: str, colour: str = "#00aabb") -> int:
        """Create a label and return its id."""
        body: Json = {"name": name, "color": colour}
        return _number(self.owner.record("POST", f"{self.path}/labels", body), "id")

    def create_issue(self, title: str, body: str = "", labels: Sequence[int] = (), by: Account | None = None) -> int:
        """Open an issue and return its number; only people with write access may set labels."""
        issue: Json = {"title": title, "body": body, "labels": list(labels)}
        return _number((by or self.owner).record("POST", f"{self.path}/issues", issue), "number")

    def comment(self, number: int, body: str, by: Account | None = None) -> int:
        """Comment on an issue or pull request and return the comment's id."""
        path = f"{self.path}/issues/{number}/comments"
        return _number((by or self.owner).record("POST", path, {"body": body}), "id")

    def label_issue(self, number: int, *labels: int, by: Account | None = None) -> None:
        """Put labels on an issue or pull request by their ids."""
        path = f"{self.path}/issues/{number}/labels"
        (by or self.owner).call("POST", path, {"labels": list(labels)})

    def status(self, sha: str, by: Account | None = None) -> Json:
        """Return the combined state of the commit's statuses: `pending` if there are none."""
        return (by or self.owner).record("GET", f"{self.path}/commits/{sha}/status")["state"]

    def create_pull_request(
        self, head: str, base: str = "main", title: str = "change", by: Account | None = None
    ) -> int:
        """Open a pull request and return its number."""
        body: Json = {"title": title, "head": head, "base": base}
        return _number((by or self.owner).record("POST", f"{self.path}/pulls", body), "number")

    def protect_branch(
        self,
        branch: str = "main",
        contexts: Sequence[str] = (),
        approvals: int = 0,
        merge_users: Sequence[Account] = (),
    ) -> None:
        """Forbid pushes to `branch`, and merges without the checks and approvals named.

        `contexts` are glob patterns over commit statuses such as `CI / test (pull_request)`.
        """
        body: Json = {
            "rule_name": branch,
            "enable_push": False,
            "enable_status_check": bool(contexts),
            "status_check_contexts": list(contexts),
            "required_approvals": approvals,
            "enable_merge_whitelist": bool(merge_users),
            "merge_whitelist_usernames": [user.name for user in merge_users],
        }
        self.owner.call("POST", f"{self.path}/branch_protections", body)

    def head(self, branch: str = "main") -> str:
        """Return the commit at the tip of `branch`."""
        commit = self.owner.record("GET", f"{self.path}/branches/{branch}").get("commit")
        if not isinstance(commit, dict):
            raise GiteaError(f"{self.name}: branch {branch} has no commit")
        return str(commit["id"])

    def push(
        self,
        files: Files,
        branch: str,
        base: str | None = "main",
        message: str = "change",
        by: Account | None = None,
    ) -> str:
        """Push one commit with `files` on top of `base` (none: a root commit); return its SHA.

        Errors: `GiteaError` with git's own words if the push is refused.
        """
        account = by or self.owner
        with tempfile.TemporaryDirectory(prefix="services-push-") as place:
            directory = Path(place)
            _git(account, directory, "init", "--quiet", "--initial-branch", "work")
            if base is not None:
                _git(account, directory, "fetch", "--quiet", "--depth", "1", self.url, base)
                _git(account, directory, "reset", "--quiet", "--hard", "FETCH_HEAD")
            _write(directory, files)
            _git(account, directory, "add", "--all", "--force")
            _git(account, directory, "commit", "--quiet", "--allow-empty", "--message", message)
            _git(account, directory, "push", "--quiet", self.url, f"HEAD:refs/heads/{branch}")
            return _git(account, directory, "rev-parse", "HEAD").strip()

    def set_back(self, branch: str, by: Account | None = None) -> str:
        """Force `branch` back to the parent of its tip; return where it then is."""
        account = by or self.owner
        with tempfile.TemporaryDirectory(prefix="services-push-") as place:
            directory = Path(place)
            _git(account, directory, "init", "--quiet", "--initial-branch", "work")
            _git(account, directory, "fetch", "--quiet", "--depth", "2", self.url, branch)
            _git(account, directory, "push", "--quiet", "--force", self.url, f"FETCH_HEAD^:refs/heads/{branch}")
            return _git(account, directory, "rev-parse", "FETCH_HEAD^").strip()

    def await_branch(self, branch: str, sha: str, timeout_s: float = 15.0) -> None:
        """Return when the API shows `branch` at `sha`: Gitea learns of a push in a queue."""

        def shows() -> bool:
            # While a repository is marked empty, Gitea 1.26.0 answers 500 about its branches.
            if self.owner.record("GET", self.path)["empty"]:
                return False
            answer = self.owner.request("GET", f"{self.path}/branches/{branch}")
            return answer.is_success and answer.json()["commit"]["id"] == sha

        await_condition(shows, f"branch {branch} of {self.name} is at {sha}", timeout_s)

    def await_mergeable(self, number: int, timeout_s: float = 15.0) -> None:
        """Return when Gitea's conflict check has found the pull request mergeable."""

        def mergeable() -> bool:
            return self.owner.record("GET", f"{self.path}/pulls/{number}")["mergeable"] is True

        await_condition(mergeable, f"pull request {number} of {self.name} mergeable", timeout_s)


def _number(record: Mapping[str, Json], key: str) -> int:
    value = record.get(key)
    if not isinstance(value, int):
        raise GiteaError(f"no number `{key}` in {record!r}")
    return value


def _write(directory: Path, files: Files) -> None:
    for name, content in files.items():
        path = directory / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def _git(account: Account, directory: Path, *arguments: str) -> str:
    result = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=account.git_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise GiteaError(f"git {arguments[0]} as {account.name}: {result.stderr.strip()}")
    return result.stdout
