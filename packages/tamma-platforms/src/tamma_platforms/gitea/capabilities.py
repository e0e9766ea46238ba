"""What Gitea can do, by its version."""

import re

from tamma_core.domain.capabilities import Capability, PlatformCapabilities

DISPATCH_SINCE = (1, 24)
RERUN_SINCE = (1, 26)
_YES = Capability(supported=True)


def version_of(text: str) -> tuple[int, int]:
    """Read major and minor number; (0, 0) for a version that has none."""
    found = re.match(r"v?(\d{1,6})\.(\d{1,6})", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def capabilities_of(version: str) -> PlatformCapabilities:
    """Describe a Gitea of this version; an issue tracker switched off shows at the repository only."""
    dispatch = Capability(
        supported=version_of(version) >= DISPATCH_SINCE,
        reason="" if version_of(version) >= DISPATCH_SINCE else f"Gitea {version} cannot start workflows by its API",
        minimum_version="1.24",
        instead="push to the branch, which starts workflows on `push`",
    )
    rerun = version_of(version) >= RERUN_SINCE
    return PlatformCapabilities(
        issues=_YES,
        labels=_YES,
        reviews=_YES,
        continuous_integration=_YES,
        trigger_ci=dispatch,
        webhooks=Capability(supported=False, reason="not built yet", instead="Tamma asks at intervals"),
        merge_head_guard=_YES,
        asynchronous_merge=Capability(supported=False, reason="Gitea merges while the request waits"),
        rerun_jobs=Capability(
            supported=rerun,
            reason="" if rerun else f"Gitea {version} cannot repeat jobs by its API",
            minimum_version="1.26",
            instead="a failure is taken as it is",
        ),
        merge_methods=("merge", "squash", "rebase"),
    )
