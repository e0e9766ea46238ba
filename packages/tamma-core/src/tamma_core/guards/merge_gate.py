"""Decide whether a pull request may be merged, from facts alone."""

from collections.abc import Callable

from tamma_core.domain.doubts import doubts, tell
from tamma_core.domain.guard import Verdict
from tamma_core.domain.pull_request import CheckState, CIState, Mergeable, PullRequestState, Review, ReviewVerdict
from tamma_core.guards.ci_state import ci_state, missing_checks, never_came, newest_checks
from tamma_core.guards.gate_facts import AlreadyMerged, GateDecision, GateFacts, Human, Pass, Reject, StaleBase, Wait

_SHOWN = 10
_HEAD_LAG_S = 120.0
"""How long a forge may show a pull request as it was before our last push; later, somebody set the branch back."""


def decide(facts: GateFacts) -> GateDecision:
    """Ask each question in order of how final its answer is; the first that is not content decides."""
    questions: tuple[Callable[[GateFacts], GateDecision | None], ...] = (
        _lifecycle,
        _head,
        _measured,
        _guard,
        _verification,
        _conflict,
        _requested_changes,
        _base,
        _checks,
        _reviews,
        _required,
        _mergeable,
    )
    for question in questions:
        decision = question(facts)
        if decision is not None:
            return decision
    return Pass(facts.our_head, _reasons(facts), undraft=facts.pull_request.draft)


def _lifecycle(facts: GateFacts) -> GateDecision | None:
    match facts.pull_request.state:
        case PullRequestState.MERGED if facts.pull_request.base != facts.our_base:
            return Human(f"somebody merged it into `{facts.pull_request.base}`, not into `{facts.our_base}`")
        case PullRequestState.MERGED:
            return AlreadyMerged(facts.pull_request.merge_sha)
        case PullRequestState.CLOSED:
            return Human("somebody closed the pull request", "reopen it to go on, or cancel the task")
        case PullRequestState.OPEN if facts.pull_request.base != facts.our_base:
            return Human(
                f"somebody changed where the pull request goes: it is now into `{facts.pull_request.base}`, not `{facts.our_base}`",
                f"point it at `{facts.our_base}` again and resume the task, or merge by hand",
            )
        case PullRequestState.OPEN:
            if facts.pull_request.draft and not facts.draft_is_ours:
                return Wait("review", "somebody made the pull request a draft; it waits until it is marked as ready")
            return None


def _head(facts: GateFacts) -> GateDecision | None:
    moved = {facts.pull_request.head_sha, facts.status.head_sha} - {facts.our_head}
    if moved and moved <= facts.earlier_heads and facts.seconds_since_push < _HEAD_LAG_S:
        return Wait("mergeable", "the forge does not show the head yet that we pushed")
    if moved:
        seen = min(moved)[:12]
        return Human(
            f"somebody pushed to the branch: its head is {seen}, not {facts.our_head[:12]}",
            "review that commit and merge by hand, or reset the branch and resume the task",
        )
    return None


def _measured(facts: GateFacts) -> GateDecision | None:
    """Have inspection and verification repeated where the base that they were measured against is no longer its tip."""
    if not facts.base_contained or facts.guard is None or facts.verification is None:
        return None
    fresh = facts.guard.diff_hash == facts.difference and facts.verification.base == facts.base_tip
    return None if fresh else StaleBase(facts.base_tip)


def _guard(facts: GateFacts) -> GateDecision | None:
    if facts.guard is None:
        return Human("the difference was not inspected", "resume the task from its verification")
    if facts.guard.verdict is Verdict.REFUSE:
        return Human("the diff guard refuses the change", "; ".join(f.reason for f in facts.guard.findings[:_SHOWN]))
    return None


def _verification(facts: GateFacts) -> GateDecision | None:
    report = facts.verification
    if report is None or report.sha != facts.our_head:
        return Human("this head was not verified", "resume the task from its verification")
    found = doubts(facts.guard, report)
    # Without a verdict and without checks nothing speaks for the change, and no approval makes up for that.
    lost = report.problem and _state(facts) is CIState.NONE_CONFIGURED
    if found and not lost and not _approvers(facts):
        shown = "; ".join(tell(found)[:_SHOWN])
        return Wait("approval", f"a person has to approve the difference {facts.difference}: {shown}", found)
    if not report.green and not report.problem:
        names = [f"{failure.name} ({failure.kind})" for failure in report.failures]
        names += [f"{name} is missing" for name in report.missing_tests]
        names += [f"{check.name} fails" for check in report.checks if check.speaks_against]
        return Reject("repair", "our own verification of this head is not green", tuple(names[:_SHOWN]))
    return None


def _conflict(facts: GateFacts) -> GateDecision | None:
    if Mergeable.CONFLICT in {facts.pull_request.mergeable, facts.status.mergeable}:
        return Reject("conflict", f"the branch conflicts with `{facts.pull_request.base}`")
    return None


def _requested_changes(facts: GateFacts) -> GateDecision | None:
    asked = [review for review in _last_words(facts) if review.verdict is ReviewVerdict.CHANGES_REQUESTED]
    fresh = [review for review in asked if not review.stale and review.sha in {None, facts.our_head}]
    if fresh:
        who = ", ".join(sorted({review.author for review in fresh}))
        return Reject("changes_requested", f"{who} requested changes", tuple(review.body for review in fresh[:_SHOWN]))
    if asked:
        who = ", ".join(sorted({review.author for review in asked}))
        return Wait("review", f"{who} requested changes to an earlier version and has not looked again")
    return None


def _base(facts: GateFacts) -> GateDecision | None:
    return None if facts.base_contained else StaleBase(facts.base_tip)


def _checks(facts: GateFacts) -> GateDecision | None:
    match _state(facts):
        case CIState.GREEN:
            return None
        case CIState.RED:
            newest = newest_checks(check for check in facts.status.checks if check.sha == facts.our_head)
            red = [check for check in newest.values() if check.state is CheckState.FAILURE]
            evidence = tuple(
                f"{check.name}: {check.description or 'failed'} {check.url}".rstrip() for check in red[:_SHOWN]
            )
            return Reject("checks", f"{len(red)} check(s) failed at {facts.our_head[:12]}", evidence)
        case CIState.RUNNING:
            return _waiting(facts, "checks are still running")
        case CIState.NOT_YET_REGISTERED:
            return _missing(facts)
        case CIState.NONE_CONFIGURED:
            return _without_ci(facts)


def _missing(facts: GateFacts) -> GateDecision:
    """Wait for checks that did not report; in the end a person may go on without those that only the base has."""
    missing = missing_checks(facts.status.checks, facts.our_head, facts.expectation)
    names = f": {', '.join(missing[:_SHOWN])}" if missing else ""
    waiting = _waiting(facts, f"expected checks have not reported{names}")
    others = any(check.sha == facts.our_head for check in facts.status.checks)
    only_usual = set(missing) <= facts.expectation.usual - facts.expectation.required
    if isinstance(waiting, Wait) or not (missing and others and only_usual) or "`" in "".join(missing):
        return waiting
    return Human(
        never_came(sorted({*missing, *facts.expectation.accepted}), facts.our_head),
        f"{facts.seconds_since_push:.0f} s after the push. Start them on the forge, and resume once they show; "
        "`tamma resume` while they do not goes on without them, at this head",
    )


def _waiting(facts: GateFacts, what: str) -> GateDecision:
    if facts.seconds_since_push < facts.ci_timeout_s:
        return Wait("ci", what)
    return Human(
        f"{what}, {facts.seconds_since_push:.0f} s after the push",
        "see whether the forge waits for an approval of the run, or has no runner; then resume the task",
    )


def _without_ci(facts: GateFacts) -> GateDecision | None:
    if facts.verification is None or facts.verification.problem or not facts.verification.green:
        problem = facts.verification.problem if facts.verification else "it was not run"
        return Human(
            f"the repository has no checks, and our own verification gave no verdict: {problem}",
            "review and merge by hand",
        )
    if not _approvers(facts):
        return Wait("approval", "the repository has no checks, so a person has to approve the difference")
    return None


def _reviews(facts: GateFacts) -> GateDecision | None:
    approved = _reviewers(facts)
    needed = max(facts.protection.required_approvals, int(facts.review_required))
    if len(approved) < needed:
        return Wait("review", f"{len(approved)} of {needed} required approval(s) of this head")
    return None


def _required(facts: GateFacts) -> GateDecision | None:
    """Count people who reviewed this head or named this difference; of a machine's accounts only one, and only alone."""
    on_forge = {name.casefold() for name in (*_reviewers(facts), *_approvers(facts, on_forge=True))}
    people = len(on_forge) or min(1, len(_approvers(facts)))
    if people < facts.required_approvals:
        return Wait("approval", f"{people} of {facts.required_approvals} people approved, whom the rules demand")
    return None


def _reviewers(facts: GateFacts) -> set[str]:
    return {
        review.author
        for review in _last_words(facts)
        if review.verdict is ReviewVerdict.APPROVED and not review.stale and review.sha in {None, facts.our_head}
    }


def _mergeable(facts: GateFacts) -> GateDecision | None:
    known = {facts.status.mergeable, facts.pull_request.mergeable}
    if Mergeable.YES not in known:
        return Wait("mergeable", "the forge has not yet said whether the branch can be merged")
    return None


def _state(facts: GateFacts) -> CIState:
    settled = facts.seconds_since_push >= facts.settle_s
    return ci_state(facts.status.checks, facts.our_head, facts.expectation, settled=settled)


def _last_words(facts: GateFacts) -> list[Review]:
    """Answer each person's last approval or request; comments change nothing, our own words do not count."""
    last: dict[str, Review] = {}
    for review in facts.status.reviews:
        if (
            review.author not in {facts.bot, facts.pull_request.author}
            and review.verdict is not ReviewVerdict.COMMENTED
        ):
            last[review.author] = review
    return list(last.values())


def _approvers(facts: GateFacts, *, on_forge: bool = False) -> list[str]:
    """Name the people who approved exactly this difference, for all present doubts; only those whom the forge knows, if asked for."""
    wanted = facts.guard.diff_hash if facts.guard else None
    present = {doubt.name for doubt in doubts(facts.guard, facts.verification)}
    told = [approval for approval in facts.approvals if present <= approval.given_for]
    good = [a for a in told if a.diff_hash == wanted and a.by != facts.bot and (a.on_forge or not on_forge)]
    return sorted({approval.by for approval in good})


def _reasons(facts: GateFacts) -> tuple[str, ...]:
    state = _state(facts)
    checks = newest_checks(check for check in facts.status.checks if check.sha == facts.our_head)
    reasons = [f"the head is {facts.our_head} and contains {facts.base_tip}"]
    if state is CIState.GREEN:
        reasons.append(f"{len(checks)} check(s) finished without a failure: {', '.join(sorted(checks))}")
        if facts.expectation.gone:
            reasons.append(f"no longer jobs of the base: {', '.join(sorted(facts.expectation.gone))}")
        if facts.expectation.accepted:
            reasons.append(f"a person went on without {', '.join(sorted(facts.expectation.accepted))}")
    else:
        reasons.append("no checks are configured; our own verification is green and a person approved the difference")
    if _approvers(facts):
        reasons.append(f"approved by {', '.join(_approvers(facts))}")
    if not facts.protection.readable:
        reasons.append("the protection of the base branch could not be read, so the forge alone knows what it requires")
    return tuple(reasons)
