"""How the fake Gitea merges: the order of its refusals is the real one's."""

from tamma_platforms.testing.gitea_state import FakeIssue, FakePullRequest, FakeRepository

Refused = tuple[int, str]


def merge(
    stored: FakeRepository, item: FakeIssue, change: FakePullRequest, *, viewer: str, style: str, expected: str
) -> Refused | None:
    """Merge, or answer status and message of the refusal."""
    head, base = stored.head_of(change), stored.branches.get(change.base, "")
    refused = _refusal(stored, item, change, viewer)
    if refused is not None:
        return refused
    if expected and expected != head:
        return 409, "head out of date"
    if style not in {"merge", "squash", "rebase"}:
        return 405, f"{style} is not allowed an allowed merge style for this repository"
    files = stored.merged_files(base, head) or {}
    parents = (base, head) if style == "merge" else (base,)
    change.merge_sha = stored.commit(files, *parents)
    stored.branches[change.base] = change.merge_sha
    item.open = False
    return None


def _refusal(stored: FakeRepository, item: FakeIssue, change: FakePullRequest, viewer: str) -> Refused | None:
    head, base = stored.head_of(change), stored.branches.get(change.base, "")
    checked = (item.number, head, base) in stored.checked
    stored.checked.add((item.number, head, base))
    if change.merge_sha:
        return 405, "The PR is already merged"
    if not item.open:
        return 404, "not found"
    if not stored.may_write(viewer):
        return 405, "User not allowed to merge PR"
    if item.title.lower().startswith(("wip:", "[wip]")):
        return 405, "Work in progress PRs cannot be merged"
    if not checked or stored.merged_files(base, head) is None:
        return 405, "Please try again later"
    if change.base in stored.protected:
        return 405, "Not all required status checks successful"
    return None
