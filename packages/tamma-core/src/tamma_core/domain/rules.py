"""What holds for work in one repository, and how a repository's own rules make the configured ones stricter."""

from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.record import Record

Number = TypeVar("Number", int, Decimal)


class Weekday(StrEnum):
    """Name the days of a week as `datetime.weekday` counts them."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class QuietHours(Record, frozen=True, kw_only=True):
    """Name a time of day in which nothing is done; it begins on these days, or on all, and may pass midnight.

    The same time twice is a whole day.
    """

    start: time
    end: time
    zone: str
    days: tuple[Weekday, ...] = ()


class Rules(Record, frozen=True, kw_only=True):
    """Restrict the work in a repository; what is left empty restricts nothing.

    Paths are groups of patterns as in `.gitignore`, a group for each who made rules: a change has to be allowed by
    every group, and is protected by any.
    """

    allowed_paths: tuple[tuple[str, ...], ...] = ()
    protected_paths: tuple[tuple[str, ...], ...] = ()
    approvers: tuple[str, ...] | None = None
    """Who may approve, of those who may write."""
    required_approvals: int = 0
    """How many people have to approve a difference."""
    merge_method: MergeMethod | None = None
    cost_usd: Decimal | None = None
    attempts: int | None = None
    open_pull_requests: int | None = None
    required_labels: tuple[str, ...] = ()
    """What an issue has to carry, so that it is worked on."""
    quiet_hours: tuple[QuietHours, ...] = ()

    def may_approve(self, name: str) -> bool:
        """Tell whether these rules let an account approve; whether it may write is another question."""
        return self.approvers is None or name.casefold() in {one.casefold() for one in self.approvers}


def tighten(configured: Rules, policy: Rules) -> Rules:
    """Add a repository's rules to the configured ones: no result is looser than either.

    Ways to merge are neither strict nor loose, since the same content is merged by each; the repository's word counts.
    """
    return Rules(
        allowed_paths=_joined(configured.allowed_paths, policy.allowed_paths),
        protected_paths=_joined(configured.protected_paths, policy.protected_paths),
        approvers=_common(configured.approvers, policy.approvers),
        required_approvals=max(configured.required_approvals, policy.required_approvals),
        merge_method=policy.merge_method or configured.merge_method,
        cost_usd=least(configured.cost_usd, policy.cost_usd),
        attempts=least(configured.attempts, policy.attempts),
        open_pull_requests=least(configured.open_pull_requests, policy.open_pull_requests),
        required_labels=tuple(dict.fromkeys((*configured.required_labels, *policy.required_labels))),
        quiet_hours=tuple(dict.fromkeys((*configured.quiet_hours, *policy.quiet_hours))),
    )


def least(one: Number | None, other: Number | None) -> Number | None:
    """Answer the smaller of two bounds; none is no bound."""
    return min((bound for bound in (one, other) if bound is not None), default=None)


def _joined(one: tuple[tuple[str, ...], ...], other: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _common(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if one is None or other is None:
        return one if other is None else other
    return tuple(name for name in one if Rules(approvers=other).may_approve(name))
