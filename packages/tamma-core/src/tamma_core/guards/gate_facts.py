"""What the merge gate is told, and what it answers."""

from typing import Literal

from tamma_core.domain.doubts import Doubt
from tamma_core.domain.guard import GuardReport
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import BranchProtection, PullRequest, PullRequestStatus
from tamma_core.domain.record import Record
from tamma_core.domain.verification import VerificationReport
from tamma_core.guards.ci_state import Expectation


class DiffApproval(Record, frozen=True, kw_only=True):
    """Hold a person's word on one difference; permission was asked from the forge when it was read."""

    by: str
    diff_hash: str
    given_for: frozenset[str] = frozenset()
    """Names of the doubts that it was told of when it was asked."""
    on_forge: bool = True
    """Whether the forge knows who it was; accounts of a machine may all be one person."""


class GateFacts(Record, frozen=True, kw_only=True):
    """Hold everything that a decision is made from, all of it read just before."""

    pull_request: PullRequest
    status: PullRequestStatus
    protection: BranchProtection
    expectation: Expectation
    our_base: str
    """The branch that the task is for; a pull request into another is not what was checked."""
    our_head: Sha
    """The commit that we pushed and verified."""
    earlier_heads: frozenset[Sha] = frozenset()
    """Commits that we pushed or meant to push before it, which a forge may show for a while yet."""
    bot: str
    """Our account: its own approvals do not count."""
    base_tip: Sha
    base_contained: bool
    """Whether the present tip of the base is an ancestor of the head."""
    difference: str
    """The name of the difference from the present tip of the base to the head."""
    verification: VerificationReport | None
    guard: GuardReport | None
    approvals: tuple[DiffApproval, ...] = ()
    seconds_since_push: float
    settle_s: float = 60.0
    ci_timeout_s: float = 3600.0
    review_required: bool = False
    """Whether our own configuration wants one approval, whatever the forge says."""
    required_approvals: int = 0
    """How many people have to approve the difference, by a review of this head or by a word on its name."""
    draft_is_ours: bool = True
    """Whether we opened it as a draft; one that a person made a draft waits for a person."""


class Pass(Record, frozen=True):
    """Merge exactly this head; `undraft` tells to mark it ready first."""

    head: Sha
    reasons: tuple[str, ...]
    undraft: bool = False


class Wait(Record, frozen=True):
    """Look again later: time will tell, or a person."""

    what: Literal["ci", "review", "approval", "mergeable"]
    reason: str
    doubts: tuple[Doubt, ...] = ()
    """For what in the change a person is waited for; empty where it is something else."""


class Reject(Record, frozen=True):
    """Work on it again, with this evidence."""

    kind: Literal["repair", "checks", "conflict", "changes_requested"]
    reason: str
    evidence: tuple[str, ...] = ()


class Human(Record, frozen=True):
    """Park it: only a person can say how to go on."""

    reason: str
    hint: str = ""


class StaleBase(Record, frozen=True):
    """Update the branch from its base and check again."""

    base_tip: Sha


class AlreadyMerged(Record, frozen=True):
    """There is nothing left to merge; the forge names this commit."""

    sha: Sha | None


GateDecision = Pass | Wait | Reject | Human | StaleBase | AlreadyMerged
