"""Tell a conflict from a check that Gitea has not made yet: its answer is `false` for both."""

import time
from collections.abc import Callable

from tamma_core.domain.pull_request import Mergeable, PullRequest
from tamma_core.ports.tape import read

_MAX_WATCHED = 1000


class ConflictWatch:
    """Call a pull request in conflict when the same head and base were not mergeable for `settle_s`."""

    def __init__(self, *, settle_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settle_s = settle_s
        self._monotonic = monotonic
        self._since: dict[tuple[str, int, str, str], float] = {}

    def judge(self, pull_request: PullRequest, base_sha: str) -> Mergeable:
        """Answer whether it can be merged; a draft is never mergeable on Gitea, so nothing is known of it."""
        if pull_request.mergeable is Mergeable.YES or pull_request.draft:
            return pull_request.mergeable
        key = (str(pull_request.repository), pull_request.number, pull_request.head_sha, base_sha)
        if len(self._since) > _MAX_WATCHED:
            self._since.clear()
        since = self._since.setdefault(key, self._monotonic())
        # What a process remembers is not in the record of the claim, so what it makes of it is.
        settled = read("conflict settled", lambda: self._monotonic() - since >= self._settle_s, bool)
        return Mergeable.CONFLICT if settled else Mergeable.UNKNOWN
