"""Build changes from texts, as a workspace would from two trees."""

import hashlib
from collections.abc import Mapping

from tamma_core.domain.change import ChangeKind, ChangeSet, FileChange
from tamma_core.domain.guard import Finding, GuardReport
from tamma_core.domain.ids import Sha
from tamma_core.guards.diff_guard import inspect
from tamma_core.guards.policy import GuardPolicy

BASE, HEAD = Sha("b" * 40), Sha("a" * 40)
Content = str | bytes | None


class Trees:
    """Collect changed files and keep their blobs."""

    def __init__(self, *unchanged: str) -> None:
        self.unchanged = unchanged
        self.blobs: dict[Sha, bytes] = {}
        self.changes: list[FileChange] = []

    def add(
        self,
        path: str,
        old: Content,
        new: Content,
        *,
        old_path: str | None = None,
        modes: tuple[str, str] = ("100644", "100644"),
    ) -> "Trees":
        """Record one changed path; none stands for no file."""
        kind: ChangeKind = (
            "added" if old is None else "deleted" if new is None else "renamed" if old_path else "modified"
        )
        before, after = self._blob(old), self._blob(new)
        self.changes.append(
            FileChange(
                path=path,
                kind=kind,
                old_path=old_path,
                old_mode=modes[0] if before else "",
                new_mode=modes[1] if after else "",
                old_blob=before,
                new_blob=after,
                old_size_bytes=len(self.blobs.get(before, b"")) if before else 0,
                new_size_bytes=len(self.blobs.get(after, b"")) if after else 0,
            )
        )
        return self

    def change_set(self) -> ChangeSet:
        """Answer the change as the guard takes it."""

        async def read(sha: Sha, limit: int) -> bytes:
            return self.blobs[sha][:limit]

        async def base_paths() -> list[str]:
            changed = [change.old_path or change.path for change in self.changes if change.old_blob]
            return [*self.unchanged, *changed]

        return ChangeSet(base=BASE, head=HEAD, changes=tuple(self.changes), read=read, base_paths=base_paths)

    async def inspect(self, policy: GuardPolicy | None = None) -> GuardReport:
        """Let the guard look."""
        return await inspect(self.change_set(), policy or GuardPolicy())

    def _blob(self, content: Content) -> Sha | None:
        if content is None:
            return None
        data = content.encode() if isinstance(content, str) else content
        sha = Sha(hashlib.sha1(data, usedforsecurity=False).hexdigest())
        self.blobs[sha] = data
        return sha


async def findings(
    files: Mapping[str, tuple[Content, Content]], policy: GuardPolicy | None = None
) -> tuple[Finding, ...]:
    """Answer what the guard says of several changed files."""
    trees = Trees()
    for path, (old, new) in files.items():
        trees.add(path, old, new)
    return (await trees.inspect(policy)).findings
