"""Where an attempt begins, and what its commit follows."""

import re
from collections.abc import Sequence
from datetime import datetime

from tamma_core.domain.events import AttemptStarted
from tamma_core.domain.ids import Sha
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import BaseUpdate
from tamma_core.engine.published import AUTHOR, EMAIL
from tamma_core.workspace.committing import Conflicts
from tamma_core.workspace.workspace import Workspace

_MARKERS = re.compile(rb"^(?:<{7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_FILE_BYTES = 16 << 20


def next_attempt(state: TaskState, now: datetime) -> AttemptStarted:
    """Begin at the base with a note of what failed, or on the rejected candidate where that is worth keeping."""
    rejected = state.rejected_candidate
    kept = rejected is not None and rejected.keep
    return AttemptStarted(
        number=state.attempts + 1,
        base_sha=state.base_sha,
        authored_at=now.replace(microsecond=0),
        note=state.refused or ("" if rejected is None else f"{rejected.reason}\n{rejected.evidence}".strip()),
        keep=rejected.sha if rejected is not None and kept else None,
        conflicts=rejected.conflicts if rejected is not None and kept else (),
    )


def begins_at(attempt: AttemptStarted, policy: BaseUpdate) -> Sha:
    """Name the commit that the tree of an attempt is made from."""
    return parents_of(attempt, policy)[0]


def parents_of(attempt: AttemptStarted, policy: BaseUpdate) -> tuple[Sha, ...]:
    """Name the commits that the attempt's commit follows."""
    if attempt.keep is None:
        return (attempt.base_sha,)
    if not attempt.conflicts:
        return (attempt.keep,)
    return (attempt.base_sha,) if policy is BaseUpdate.REBASE else (attempt.keep, attempt.base_sha)


async def lay_out(workspace: Workspace, attempt: AttemptStarted, policy: BaseUpdate) -> None:
    """Make the tree that an attempt begins with; one that has to resolve conflicts holds both sides between markers."""
    content: Sha | None = None
    if attempt.conflicts and attempt.keep is not None:
        merged = await workspace.merge(
            attempt.keep,
            attempt.base_sha,
            message="Merge the present base",
            authored_at=attempt.authored_at,
            author=AUTHOR,
            email=EMAIL,
        )
        content = merged.tree if isinstance(merged, Conflicts) else merged
    await workspace.checkout(begins_at(attempt, policy), content=content)


async def unresolved(workspace: Workspace, sha: Sha, paths: Sequence[str]) -> tuple[str, ...]:
    """Name the files of a commit that still hold marks of a conflict."""
    found = {path: await workspace.read_file(sha, path, _FILE_BYTES) for path in paths}
    return tuple(path for path, data in found.items() if data and _MARKERS.search(data))
