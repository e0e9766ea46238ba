"""What plain git can do."""

from tamma_core.domain.capabilities import Capability, PlatformCapabilities

_NO_SERVER = "there is no server"


def plain_git_capabilities() -> PlatformCapabilities:
    """Describe a forge without a server."""
    return PlatformCapabilities(
        issues=Capability(supported=True),
        labels=Capability(supported=True),
        reviews=Capability(supported=False, reason=_NO_SERVER, instead="approve with `tamma approve`"),
        continuous_integration=Capability(
            supported=False, reason=_NO_SERVER, instead="Tamma runs the tests itself, and a person approves the diff"
        ),
        trigger_ci=Capability(supported=False, reason=_NO_SERVER),
        webhooks=Capability(supported=False, reason=_NO_SERVER, instead="`tamma run` reads the issue itself"),
        merge_head_guard=Capability(supported=True),
        asynchronous_merge=Capability(supported=False, reason="the merge is done before the call returns"),
        rerun_jobs=Capability(supported=False, reason=_NO_SERVER),
        merge_methods=("merge", "squash", "rebase"),
        comment_limit_chars=1_000_000,
    )
