"""Reduce the checks at one commit to one of five states."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import Check, CheckState, CIState
from tamma_core.domain.record import Record

_NEVER_CAME = "checks that the base has did not come: "
_OF_NO_CHANGE = re.compile(r"^run: .+\.ya?ml \((?!push\)|pull_request(?!_comment)|merge_)\w+\)$")
"""A run that a time, a person or a remark began."""
_EVENT = re.compile(r" \((?:push|pull_request|pull_request_target|merge_group|merge_request_event)\)$")


class Expectation(Record, frozen=True):
    """Say which checks a commit has to have, and how we know."""

    required: frozenset[str] = frozenset()
    """Named by the protection of the base branch, on some forges as patterns: their absence is never green."""
    usual: frozenset[str] = frozenset()
    """Seen on every recent commit of the base; compared without the event that forges append to the name."""
    configured: bool = False
    """Whether the repository has continuous integration at all."""
    gone: frozenset[str] = frozenset()
    """Seen on recent commits of the base, whose tip has no such job any more: not expected, and told of."""
    accepted: frozenset[str] = frozenset()
    """Missing, and a person who was told so let the task go on: not expected, and told of."""

    def missing(self, present: Iterable[str]) -> frozenset[str]:
        """Answer which expected names are not among the present ones."""
        names = set(present)
        plain = {plain_name(name) for name in names}
        absent = {name for name in self.required if not _named(name, names)}
        return frozenset(absent | {name for name in self.usual if plain_name(name) not in plain})


def ci_state(checks: Sequence[Check], head: Sha, expectation: Expectation, *, settled: bool) -> CIState:
    """Judge the checks of exactly this commit; what is missing counts, and what was skipped tested nothing."""
    newest = newest_checks(check for check in checks if check.sha == head)
    states = {check.state for check in newest.values()}
    if CheckState.FAILURE in states:
        return CIState.RED
    if not newest:
        expected = expectation.configured or bool(expectation.missing(()))
        return CIState.NONE_CONFIGURED if settled and not expected else CIState.NOT_YET_REGISTERED
    if CheckState.PENDING in states:
        return CIState.RUNNING
    tested = CheckState.SUCCESS in states and not expectation.missing(ran(newest.values()))
    return CIState.GREEN if tested and settled else CIState.NOT_YET_REGISTERED


def missing_checks(checks: Sequence[Check], head: Sha, expectation: Expectation) -> tuple[str, ...]:
    """Name the checks that were expected at this commit and are not there, or tested nothing."""
    return tuple(sorted(expectation.missing(ran(check for check in checks if check.sha == head))))


def ran(checks: Iterable[Check]) -> frozenset[str]:
    """Name the checks whose newest result is more than that they were skipped."""
    return frozenset(name for name, check in newest_checks(checks).items() if check.state is not CheckState.SKIPPED)


def never_came(names: Sequence[str], head: Sha) -> str:
    """Say which checks are missing at which head, in the words by which a person accepts that."""
    return _NEVER_CAME + ", ".join(f"`{name}`" for name in names) + _at(head)


def names_check(reason: str, name: str, head: Sha) -> bool:
    """Tell whether these words name this check as one that is missing at just this head."""
    told = reason.startswith(_NEVER_CAME) and reason.endswith(_at(head))
    return told and f"`{name}`" in reason.removeprefix(_NEVER_CAME)


def _at(head: Sha) -> str:
    return f" (at {head[:12]})"


def have_settled(checks: Iterable[Check], now: datetime, settle_s: float) -> bool:
    """Tell whether all checks of a commit have ended, one at least with a verdict, and none of them just now."""
    newest = newest_checks(checks).values()
    ended = {check.state for check in newest}
    if CheckState.PENDING in ended or not ended - {CheckState.SKIPPED}:
        return False
    return all(
        check.updated_at is not None and (now - check.updated_at).total_seconds() >= settle_s for check in newest
    )


def newest_checks(checks: Iterable[Check]) -> dict[str, Check]:
    """Keep the newest result of each name; without dates the gravest one."""
    newest: dict[str, Check] = {}
    for check in checks:
        known = newest.get(check.name)
        if known is None or _supersedes(check, known):
            newest[check.name] = check
    return newest


def _supersedes(check: Check, known: Check) -> bool:
    if check.updated_at is not None and known.updated_at is not None and check.updated_at != known.updated_at:
        return check.updated_at > known.updated_at
    order = (CheckState.SKIPPED, CheckState.SUCCESS, CheckState.PENDING, CheckState.FAILURE)
    return order.index(check.state) > order.index(known.state)


def is_of_change(name: str) -> bool:
    """Tell whether a check can come of a change: what a schedule or a comment began on the base is at no head."""
    return _OF_NO_CHANGE.match(name) is None


def _named(pattern: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name == pattern or fnmatchcase(name, pattern)]


def plain_name(name: str) -> str:
    """Answer a check's name without the event that forges append to it, which differs between head and base."""
    return _EVENT.sub("", name)
