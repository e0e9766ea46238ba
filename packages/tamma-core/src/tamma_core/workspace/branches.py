"""Names of branches that are safe to hand to git."""

import re

from tamma_core.domain.errors import InvalidInput

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def head_ref(branch: str) -> str:
    """Spell the full name of a branch; raise `InvalidInput` for one that git forbids."""
    parts = branch.split("/")
    bad = any(not part or part.startswith(".") or part.endswith((".lock", ".")) for part in parts)
    if bad or branch.startswith("-") or branch in {"@", "HEAD"} or _FORBIDDEN.search(branch):
        raise InvalidInput(f"{branch!r} is no name of a branch")
    return f"refs/heads/{branch}"


def tracking_ref(branch: str) -> str:
    """Spell where the cache keeps a branch of the remote."""
    return head_ref(branch).replace("refs/heads/", "refs/remotes/origin/", 1)
