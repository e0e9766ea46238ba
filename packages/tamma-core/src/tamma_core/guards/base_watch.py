"""Judge the checks of the base after a merge, from facts alone."""

from collections.abc import Iterable, Sequence

from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import Check, CheckState
from tamma_core.domain.record import Record
from tamma_core.guards.ci_state import newest_checks, plain_name


class BaseFacts(Record, frozen=True, kw_only=True):
    """Hold the checks at the merged commit, at the base's tip before it, and at the present tip."""

    merged: Sha
    onto: Sha
    tip: Sha
    checks: Sequence[Check]
    before: Sequence[Check]
    now: Sequence[Check]
    ci_configured: bool
    seconds_since_merge: float
    settle_s: float
    ci_timeout_s: float


class Watching(Record, frozen=True):
    """Look again later."""

    reason: str


class Watched(Record, frozen=True):
    """There is nothing to wait for any more, and nothing to be done; `doubtful` when it could not be told."""

    reason: str
    doubtful: bool = False


class Red(Record, frozen=True):
    """These checks fail since the merge."""

    checks: tuple[str, ...]


def watch(facts: BaseFacts) -> Watching | Watched | Red:
    """Tell whether the merge broke the base; what failed before it, or is repaired since, is not its doing."""
    checks = newest_checks(check for check in facts.checks if check.sha == facts.merged)
    before = _states(check for check in facts.before if check.sha == facts.onto)
    now = _states(check for check in facts.now if check.sha == facts.tip and facts.tip != facts.merged)
    late = facts.seconds_since_merge >= facts.ci_timeout_s
    failed = sorted(name for name, check in checks.items() if check.state is CheckState.FAILURE)
    broken = [
        name
        for name in failed
        if CheckState.FAILURE not in before.get(plain_name(name), ())
        and now.get(plain_name(name), frozenset()) != {CheckState.SUCCESS}
    ]
    # While the same check still runs on the tip before, nobody knows whether it was red there already.
    known = [name for name in broken if CheckState.PENDING not in before.get(plain_name(name), ())]
    if known or (broken and late):
        return Red(tuple(broken if late else known))
    running = len(broken) + sum(check.state is CheckState.PENDING for check in checks.values())
    return _without_red(facts, len(checks), running, late=late)


def _without_red(facts: BaseFacts, checks: int, running: int, *, late: bool) -> Watching | Watched:
    settled = facts.seconds_since_merge >= facts.settle_s
    if running and late:
        return Watched(f"{running} check(s) of the merge did not end in {facts.ci_timeout_s:.0f} s", doubtful=True)
    if running:
        return Watching(f"checks of the merge {facts.merged[:12]} are running")
    if not checks and not facts.ci_configured:
        return Watched("the base has no checks")
    if not settled:
        return Watching(f"checks of the merge {facts.merged[:12]} may still come")
    if not checks:
        return Watched(f"no check came within {facts.settle_s:.0f} s of the merge", doubtful=True)
    return Watched(f"{checks} check(s) of the merge ended, and none fails that did not fail before")


def _states(checks: Iterable[Check]) -> dict[str, frozenset[CheckState]]:
    """Gather by plain name: one job may report for two events."""
    states: dict[str, frozenset[CheckState]] = {}
    for name, check in newest_checks(checks).items():
        plain = plain_name(name)
        states[plain] = states.get(plain, frozenset()) | {check.state}
    return states
