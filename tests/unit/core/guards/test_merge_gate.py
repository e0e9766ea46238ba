from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from msgspec.structs import replace
from tamma_core.domain.doubts import doubts
from tamma_core.domain.guard import Finding, GuardReport, Verdict
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import (
    BranchProtection,
    Check,
    CheckState,
    CIState,
    Mergeable,
    PullRequest,
    PullRequestState,
    PullRequestStatus,
    Review,
    ReviewVerdict,
)
from tamma_core.domain.repository import RepositoryRef
from tamma_core.domain.verification import CheckResult, FailureKind, TestFailure, VerificationReport
from tamma_core.guards.ci_state import Expectation, ci_state, have_settled, is_of_change, names_check, never_came
from tamma_core.guards.gate_facts import AlreadyMerged, DiffApproval, GateFacts, Human, Pass, Reject, StaleBase, Wait
from tamma_core.guards.merge_gate import decide

HEAD, OTHER, TIP = Sha("a" * 40), Sha("d" * 40), Sha("b" * 40)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CI = Expectation(usual=frozenset({"ci / test (push)"}), configured=True)
NO_CI = Expectation()


def check(
    name: str = "ci / test (pull_request)", state: CheckState = CheckState.SUCCESS, sha: Sha = HEAD, minute: int = 0
) -> Check:
    return Check(name=name, state=state, sha=sha, updated_at=NOON + timedelta(minutes=minute))


def review(author: str, verdict: ReviewVerdict, *, sha: Sha | None = HEAD, stale: bool = False) -> Review:
    return Review(author=author, verdict=verdict, body="please", sha=sha, stale=stale)


PULL = PullRequest(
    repository=RepositoryRef(forge="forge", path="a/b"),
    number=1,
    title="t",
    body="",
    state=PullRequestState.OPEN,
    head="tamma/1",
    head_sha=HEAD,
    base="main",
    author="bot",
    url="",
    mergeable=Mergeable.YES,
)
GREEN = VerificationReport(sha=HEAD, base=TIP, command="pytest", tests_run=2, tests_run_on_base=1)
FOUND = GuardReport("0123456789ab", (Finding("ci", "a", "b", Verdict.HUMAN),))
APPROVAL = DiffApproval(
    by="ada", diff_hash="0123456789ab", given_for=frozenset(doubt.name for doubt in doubts(FOUND, None))
)
FACTS = GateFacts(
    pull_request=PULL,
    status=PullRequestStatus(head_sha=HEAD, checks=(check(),), reviews=(), mergeable=Mergeable.YES),
    protection=BranchProtection(),
    expectation=CI,
    our_base="main",
    our_head=HEAD,
    bot="bot",
    base_tip=TIP,
    base_contained=True,
    difference="0123456789ab",
    verification=GREEN,
    guard=GuardReport("0123456789ab"),
    seconds_since_push=100,
)


def with_checks(*checks: Check, expectation: Expectation = CI, seconds: float = 100) -> GateFacts:
    return replace(
        FACTS, status=replace(FACTS.status, checks=checks), expectation=expectation, seconds_since_push=seconds
    )


def with_reviews(*reviews: Review, required: int = 0) -> GateFacts:
    return replace(
        FACTS, status=replace(FACTS.status, reviews=reviews), protection=BranchProtection(required_approvals=required)
    )


@pytest.mark.parametrize(
    ("checks", "expectation", "settled", "state"),
    [
        ((), NO_CI, True, CIState.NONE_CONFIGURED),
        ((), NO_CI, False, CIState.NOT_YET_REGISTERED),
        ((), CI, True, CIState.NOT_YET_REGISTERED),
        ((), Expectation(configured=True), True, CIState.NOT_YET_REGISTERED),
        ((check(sha=OTHER),), CI, True, CIState.NOT_YET_REGISTERED),
        ((check(state=CheckState.PENDING),), CI, True, CIState.RUNNING),
        ((check(), check("lint", CheckState.PENDING)), CI, True, CIState.RUNNING),
        ((check(), check("lint", CheckState.FAILURE)), CI, True, CIState.RED),
        ((check(), check("lint", CheckState.FAILURE)), CI, False, CIState.RED),
        ((check(),), CI, False, CIState.NOT_YET_REGISTERED),
        ((check(),), CI, True, CIState.GREEN),
        ((check("lint"),), CI, True, CIState.NOT_YET_REGISTERED),
        ((check(state=CheckState.SKIPPED),), CI, True, CIState.NOT_YET_REGISTERED),
        ((check(), check("docs", CheckState.SKIPPED)), CI, True, CIState.GREEN),
        (
            (check("lint"), check("test (pull_request)", CheckState.SKIPPED)),
            Expectation(usual=frozenset({"test (push)", "lint"})),
            True,
            CIState.NOT_YET_REGISTERED,
        ),
        (
            (check("test (push)", CheckState.SKIPPED), check("test (pull_request)")),
            Expectation(usual=frozenset({"test (push)"})),
            True,
            CIState.GREEN,
        ),
        ((check("lint"),), Expectation(required=frozenset({"test"})), True, CIState.NOT_YET_REGISTERED),
        (
            (check("lint"), check("test", CheckState.SKIPPED)),
            Expectation(required=frozenset({"test"})),
            True,
            CIState.NOT_YET_REGISTERED,
        ),
        ((check("lint"), check("test")), Expectation(required=frozenset({"test"})), True, CIState.GREEN),
        ((check("ci/a"), check("lint")), Expectation(required=frozenset({"ci/*"})), True, CIState.GREEN),
        ((check("lint"),), Expectation(required=frozenset({"ci/*"})), True, CIState.NOT_YET_REGISTERED),
        (
            (check("ci/a", CheckState.SKIPPED), check("lint")),
            Expectation(required=frozenset({"ci/*"})),
            True,
            CIState.NOT_YET_REGISTERED,
        ),
        ((check(state=CheckState.FAILURE, minute=1), check(minute=2)), CI, True, CIState.GREEN),
        ((check(minute=1), check(state=CheckState.FAILURE, minute=2)), CI, True, CIState.RED),
        ((check(), check(state=CheckState.FAILURE)), CI, True, CIState.RED),
    ],
)
def test_five_states(checks: tuple[Check, ...], expectation: Expectation, settled: bool, state: CIState) -> None:
    """Each constellation of checks at one commit has its state, and absence is never green."""
    assert ci_state(checks, HEAD, expectation, settled=settled) is state


def test_green_needs_a_success_at_the_head() -> None:
    """No set of up to two checks is green without one that succeeded at this very commit."""
    states, shas = list(CheckState), (HEAD, OTHER)
    for (a, b), (x, y), settled in product(product(states, repeat=2), product(shas, repeat=2), (True, False)):
        checks = (check("x", a, x), check("y", b, y))
        if ci_state(checks, HEAD, NO_CI, settled=settled) is CIState.GREEN:
            assert any(c.state is CheckState.SUCCESS and c.sha == HEAD for c in checks)
            assert all(c.state in {CheckState.SUCCESS, CheckState.SKIPPED} for c in checks if c.sha == HEAD)


def test_a_checked_head_passes() -> None:
    """Everything green: merge exactly this head, with reasons."""
    decision = decide(FACTS)
    assert isinstance(decision, Pass)
    assert decision.head == HEAD
    assert not decision.undraft
    assert any("1 check(s)" in reason for reason in decision.reasons)


@pytest.mark.parametrize(
    ("change", "kind", "word"),
    [
        ({"head_sha": OTHER}, Human, "somebody pushed"),
        ({"state": PullRequestState.CLOSED}, Human, "closed"),
        ({"state": PullRequestState.MERGED, "merge_sha": OTHER}, AlreadyMerged, OTHER),
        ({"mergeable": Mergeable.CONFLICT}, Reject, "conflict"),
        ({"draft": True}, Pass, "undraft=True"),
    ],
)
def test_state_of_the_pull_request(change: dict[str, object], kind: type, word: str) -> None:
    """Pushed over, closed, merged, conflicting and draft each have their answer."""
    decision = decide(replace(FACTS, pull_request=replace(PULL, **change)))
    assert isinstance(decision, kind)
    assert word in str(decision)


def test_a_draft_made_by_a_person_waits() -> None:
    """Somebody put the brakes on: we do not take them off."""
    facts = replace(FACTS, pull_request=replace(PULL, draft=True), draft_is_ours=False)
    assert isinstance(decide(facts), Wait)


def test_the_status_of_another_head_is_a_push_of_somebody() -> None:
    """A head that moved between two reads is noticed in either."""
    assert isinstance(decide(replace(FACTS, status=replace(FACTS.status, head_sha=OTHER))), Human)


def test_a_head_of_ours_that_the_forge_shows_late_is_waited_for() -> None:
    """After another push of ours the last head may be shown for a moment; for longer, somebody set the branch back."""
    late = replace(FACTS, status=replace(FACTS.status, head_sha=OTHER), earlier_heads=frozenset({OTHER}))
    assert isinstance(decide(late), Wait)
    assert isinstance(decide(replace(late, seconds_since_push=3600.0)), Human)
    assert isinstance(decide(replace(late, pull_request=replace(PULL, head_sha=TIP))), Human)


def test_a_base_that_is_not_contained_is_stale() -> None:
    """Green checks of a branch without the present base say nothing."""
    assert decide(replace(FACTS, base_contained=False)) == StaleBase(TIP)


@pytest.mark.parametrize(
    "stale",
    [
        replace(FACTS, difference="another", approvals=(APPROVAL,)),
        replace(FACTS, verification=replace(GREEN, base=OTHER), approvals=(APPROVAL,)),
    ],
)
def test_what_was_measured_against_another_base_is_measured_again(stale: GateFacts) -> None:
    """A base that was set back to one that the head contains lets no old inspection, test or approval pass."""
    assert decide(stale) == StaleBase(TIP)


def test_a_report_of_another_base_is_not_asked_about() -> None:
    """People are asked about the difference that would be merged, not about an older one."""
    asked = GuardReport("another", (Finding("ci", "a", "b", Verdict.HUMAN),))
    assert decide(replace(FACTS, guard=asked)) == StaleBase(TIP)


@pytest.mark.parametrize(
    ("facts", "kind", "word"),
    [
        (with_checks(check(state=CheckState.FAILURE)), Reject, "ci / test"),
        (with_checks(check(state=CheckState.PENDING)), Wait, "running"),
        (with_checks(check(state=CheckState.PENDING), seconds=4000), Human, "running"),
        (with_checks(), Wait, "ci / test (push)"),
        (with_checks(seconds=4000), Human, "ci / test (push)"),
        (with_checks(seconds=1, expectation=NO_CI), Wait, "not reported"),
        (with_checks(expectation=NO_CI), Wait, "a person has to approve"),
        (replace(with_checks(expectation=NO_CI), verification=None), Human, "not verified"),
        (replace(with_checks(expectation=NO_CI), verification=replace(GREEN, problem="no tests")), Human, "no tests"),
        (replace(with_checks(expectation=NO_CI), approvals=(APPROVAL,)), Pass, "ada"),
        (replace(with_checks(expectation=NO_CI), approvals=(replace(APPROVAL, by="bot"),)), Wait, "approve"),
        (replace(with_checks(expectation=NO_CI), approvals=(replace(APPROVAL, diff_hash="x"),)), Wait, "approve"),
    ],
)
def test_checks_decide(facts: GateFacts, kind: type, word: str) -> None:
    """Red repairs, running waits with an end, absence waits and then asks; no CI wants our tests and a person."""
    decision = decide(facts)
    assert isinstance(decision, kind)
    assert word in str(decision)


@pytest.mark.parametrize(
    ("reviews", "required", "kind"),
    [
        ((review("ada", ReviewVerdict.CHANGES_REQUESTED),), 0, Reject),
        ((review("ada", ReviewVerdict.CHANGES_REQUESTED, stale=True),), 0, Wait),
        ((review("ada", ReviewVerdict.CHANGES_REQUESTED, sha=OTHER),), 0, Wait),
        ((review("ada", ReviewVerdict.CHANGES_REQUESTED), review("ada", ReviewVerdict.APPROVED)), 1, Pass),
        ((review("ada", ReviewVerdict.APPROVED), review("ada", ReviewVerdict.CHANGES_REQUESTED)), 1, Reject),
        ((review("ada", ReviewVerdict.CHANGES_REQUESTED), review("ada", ReviewVerdict.COMMENTED)), 0, Reject),
        ((), 1, Wait),
        ((review("ada", ReviewVerdict.APPROVED),), 1, Pass),
        ((review("ada", ReviewVerdict.APPROVED), review("ada", ReviewVerdict.APPROVED)), 2, Wait),
        ((review("bot", ReviewVerdict.APPROVED),), 1, Wait),
        ((review("ada", ReviewVerdict.APPROVED, stale=True),), 1, Wait),
        ((review("ada", ReviewVerdict.APPROVED, sha=OTHER),), 1, Wait),
    ],
)
def test_reviews_decide(reviews: tuple[Review, ...], required: int, kind: type) -> None:
    """Each person's last word counts, for this head, and ours does not."""
    assert isinstance(decide(with_reviews(*reviews, required=required)), kind)


@pytest.mark.parametrize(
    ("verdict", "approvals", "kind"),
    [
        (Verdict.REFUSE, (APPROVAL,), Human),
        (Verdict.HUMAN, (), Wait),
        (Verdict.HUMAN, (APPROVAL,), Pass),
        (Verdict.HUMAN, (replace(APPROVAL, diff_hash="ba9876543210"),), Wait),
        (Verdict.HUMAN, (replace(APPROVAL, by="bot"),), Wait),
        (Verdict.PASS, (), Pass),
    ],
)
def test_the_guard_decides(verdict: Verdict, approvals: tuple[DiffApproval, ...], kind: type) -> None:
    """What is refused stays refused; what needs a person passes with one who saw this difference, and is not ourselves."""
    guard = GuardReport("0123456789ab", (Finding("ci", "a", "b", verdict),))
    assert isinstance(decide(replace(FACTS, guard=guard, approvals=approvals)), kind)


def test_an_uninspected_difference_does_not_pass() -> None:
    """Without a guard's report there is no merge."""
    assert isinstance(decide(replace(FACTS, guard=None)), Human)


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        (replace(GREEN, failures=(TestFailure("t", FailureKind.NEW),)), Reject),
        (replace(GREEN, failures=(TestFailure("t", FailureKind.OLD), TestFailure("u", FailureKind.FLAKY))), Pass),
        (replace(GREEN, missing_tests=("t",)), Reject),
        (replace(GREEN, sha=OTHER), Human),
        (replace(GREEN, problem="no tests were found"), Wait),
        (replace(GREEN, not_judged=("tests.test_io",)), Wait),
        (replace(GREEN, contradicted_by=("tests.test_io",)), Wait),
    ],
)
def test_our_own_verification_decides(report: VerificationReport, kind: type) -> None:
    """Green checks do not outvote our own tests, and another commit's report is none."""
    assert isinstance(decide(replace(FACTS, verification=report)), kind)


def test_what_failed_before_is_no_reason() -> None:
    """Of the checks that fail, those are named that passed on the base."""
    checks = tuple(
        CheckResult(name=name, command=name, passed=False, passed_on_base=before)
        for name, before in (("ruff", True), ("mypy", False))
    )
    decision = decide(replace(FACTS, verification=replace(GREEN, checks=checks)))
    assert isinstance(decision, Reject)
    assert decision.evidence == ("ruff fails",)


UNTOLD = [
    {"verification": replace(GREEN, contradicted_by=("t.a",))},
    {"verification": replace(GREEN, not_judged=("t.io",))},
    {"verification": replace(GREEN, problem="no tests were found")},
    {"guard": replace(FOUND, findings=(*FOUND.findings, Finding("ci", "c", "b", Verdict.HUMAN)))},
    {"guard": replace(FOUND, findings=(Finding("ci", "a", "something else", Verdict.HUMAN),))},
]


@pytest.mark.parametrize("change", UNTOLD)
def test_an_approval_is_none_for_what_came_up_since(change: dict[str, object]) -> None:
    """Whoever approved before a contradiction, or a finding, was there is asked again; who was told of it is not."""
    facts = replace(FACTS, guard=FOUND, approvals=(APPROVAL,))
    assert isinstance(decide(facts), Pass)
    facts = replace(facts, **change)
    present = doubts(facts.guard, facts.verification)
    decision = decide(facts)
    assert isinstance(decision, Wait)
    assert present[-1] in decision.doubts
    told = replace(APPROVAL, given_for=frozenset(doubt.name for doubt in present))
    assert isinstance(decide(replace(facts, approvals=(told,))), Pass)
    # Two people are two only if both were told.
    both = replace(facts, approvals=(told, replace(APPROVAL, by="grace")), required_approvals=2)
    assert isinstance(decide(both), Wait)


def test_an_approval_holds_where_less_is_left_of_what_it_was_given_for() -> None:
    """A base that mended its tests, or a rule that was lifted, asks nobody again."""
    told = doubts(FOUND, replace(GREEN, not_judged=("t.io",)))
    approval = replace(APPROVAL, given_for=frozenset(doubt.name for doubt in told))
    assert isinstance(decide(replace(FACTS, guard=FOUND, approvals=(approval,))), Pass)


def test_every_doubt_about_the_change_wants_a_person() -> None:
    """The gate names what the question names, from the one list."""
    guard = GuardReport("0123456789ab", (Finding("ci", "a", "b", Verdict.HUMAN),))
    report = replace(GREEN, problem="no tests were found", not_judged=("t.io",), contradicted_by=("t.a",))
    for found in doubts(guard, report):
        asked = [decide(replace(FACTS, guard=guard)), decide(replace(FACTS, verification=report))]
        assert any(isinstance(one, Wait) and found in one.doubts and found.text in one.reason for one in asked)


def test_unknown_mergeability_waits() -> None:
    """The forge computes it in the background: unknown is no yes."""
    facts = replace(
        FACTS,
        pull_request=replace(PULL, mergeable=Mergeable.UNKNOWN),
        status=replace(FACTS.status, mergeable=Mergeable.UNKNOWN),
    )
    assert decide(facts) == Wait("mergeable", "the forge has not yet said whether the branch can be merged")


def test_unreadable_protection_is_said() -> None:
    """A merge under rules that we could not read says so."""
    decision = decide(replace(FACTS, protection=BranchProtection(readable=False)))
    assert isinstance(decision, Pass)
    assert "could not be read" in decision.reasons[-1]


def test_a_pull_request_into_another_branch_is_for_a_person() -> None:
    """Somebody pointed it at another base: nothing that was checked holds there."""
    decision = decide(replace(FACTS, pull_request=replace(PULL, base="release")))
    assert isinstance(decision, Human)
    assert "`release`, not `main`" in decision.reason


def worded(*names: str, on_forge: bool = True) -> tuple[DiffApproval, ...]:
    return tuple(DiffApproval(by=name, diff_hash="0123456789ab", on_forge=on_forge) for name in names)


@pytest.mark.parametrize(
    ("approvals", "reviewers", "required", "kind"),
    [
        ((), (), 0, Pass),
        ((), (), 1, Wait),
        (worded("ada"), (), 1, Pass),
        (worded("ada"), (), 2, Wait),
        (worded("ada", "Ada"), ("ADA",), 2, Wait),
        (worded("ada"), ("grace",), 2, Pass),
        (worded("ada", "grace"), (), 2, Pass),
        (worded("bot"), (), 1, Wait),
        (worded("ada (terminal)", on_forge=False), (), 1, Pass),
        # One person can be an account of a machine and one of the forge.
        (worded("ada (terminal)", "root (cli)", on_forge=False), (), 2, Wait),
        ((*worded("ada"), *worded("root (cli)", on_forge=False)), (), 2, Wait),
    ],
)
def test_as_many_people_approve_as_the_rules_demand(
    approvals: tuple[DiffApproval, ...], reviewers: tuple[str, ...], required: int, kind: type
) -> None:
    """Reviews of the head and words on the difference count together, each person once."""
    reviews = tuple(review(name, ReviewVerdict.APPROVED) for name in reviewers)
    facts = replace(with_reviews(*reviews), approvals=approvals, required_approvals=required)
    assert isinstance(decide(facts), kind)


def test_a_review_of_another_head_is_not_one_of_the_required() -> None:
    """What somebody approved earlier is not what would be merged."""
    facts = replace(with_reviews(review("ada", ReviewVerdict.APPROVED, sha=OTHER)), required_approvals=1)
    assert isinstance(decide(facts), Wait)


LATE = replace(CI, usual=frozenset({"slow", "docs", "ci / test (push)"}))


def test_what_never_came_is_named_for_a_person() -> None:
    """After the time limit each missing name is told in words that do not change, with those accepted before."""
    again = replace(LATE, usual=LATE.usual - {"docs"}, accepted=frozenset({"docs"}))
    for expectation, seconds in ((LATE, 3600), (LATE, 9999), (again, 3600)):
        decision = decide(with_checks(check(), expectation=expectation, seconds=seconds))
        assert isinstance(decision, Human)
        assert decision.reason == "checks that the base has did not come: `docs`, `slow` (at aaaaaaaaaaaa)"
        assert "goes on without them" in decision.hint
    assert isinstance(decide(with_checks(check(), expectation=LATE)), Wait)


@pytest.mark.parametrize(
    ("checks", "expectation"),
    [
        ((check(),), replace(LATE, required=frozenset({"slow"}))),
        ((check(),), replace(LATE, required=frozenset({"scan*"}))),
        ((check(), check("scan", CheckState.SKIPPED)), replace(LATE, required=frozenset({"scan"}))),
        ((check(),), replace(CI, usual=frozenset({"a`, `slow"}))),
        ((check(),), replace(CI, usual=frozenset({*map(str, range(10)), "a`, `slow"}))),
        ((), LATE),
        ((check(sha=OTHER),), LATE),
    ],
    ids=[
        "required",
        "also required",
        "required and skipped",
        "a name of marks",
        "one among many",
        "no check at all",
        "none at the head",
    ],
)
def test_not_everything_that_is_missing_can_be_gone_without(
    checks: tuple[Check, ...], expectation: Expectation
) -> None:
    """What the protection names, and any check at all, stays needed: no resume takes the reason for a word on them."""
    decision = decide(with_checks(*checks, expectation=expectation, seconds=3600))
    assert isinstance(decision, Human)
    assert not names_check(decision.reason, "slow", HEAD)
    assert "goes on without" not in decision.hint


def test_only_the_words_of_the_gate_name_a_check() -> None:
    """A name inside another one, or in other words, is not accepted with it."""
    reason = never_came(["slow tests", "docs"], HEAD)
    names = ("slow tests", "docs", "slow", "tests")
    assert [names_check(reason, name, HEAD) for name in names] == [True, True, False, False]
    assert not names_check(f"expected checks have not reported: `docs` (at {HEAD[:12]})", "docs", HEAD)


def test_a_check_is_gone_without_at_one_head_only() -> None:
    """What a person accepted there says nothing about the next head, where it may come and fail."""
    assert not names_check(never_came(["docs"], HEAD), "docs", OTHER)
    assert not names_check("checks that the base has did not come: `docs`", "docs", HEAD)


def test_what_is_not_expected_any_more_is_told() -> None:
    """Whoever reads why a change was merged sees what it was merged without."""
    told = replace(CI, gone=frozenset({"ci / old (push)"}), accepted=frozenset({"slow"}))
    decision = decide(with_checks(check(), expectation=told))
    assert isinstance(decision, Pass)
    assert "no longer jobs of the base: ci / old (push)" in decision.reasons
    assert "a person went on without slow" in decision.reasons


@pytest.mark.parametrize(
    ("checks", "settled"),
    [
        ((check(), check("lint", CheckState.FAILURE), check("x", CheckState.SKIPPED)), True),
        ((check(), check("lint", CheckState.PENDING)), False),
        ((check(), check("lint", minute=10)), False),
        ((check(), replace(check("lint"), updated_at=None)), False),
        ((check("x", CheckState.SKIPPED),), False),
        ((), False),
    ],
    ids=["ended", "one runs", "one ended just now", "no date", "nothing but skipped", "none"],
)
def test_a_commit_whose_checks_have_settled(checks: tuple[Check, ...], settled: bool) -> None:
    """Until all have ended for a while, what takes the place of a renamed one may not be there yet."""
    assert have_settled(checks, NOON + timedelta(minutes=10, seconds=30), 60.0) is settled


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("run: ci.yml (push)", True),
        ("run: ci.yml (pull_request)", True),
        ("run: ci.yml (merge_group)", True),
        ("run: nightly.yml (schedule)", False),
        ("run: hello.yml (issue_comment)", False),
        ("run: hand.yml (workflow_dispatch)", False),
        ("run: by/hand.yml (workflow_dispatch)", False),
        ("run: hello.yml (pull_request_comment)", False),
        ("run: tests (linux)", True),
        ("ci / test (schedule)", True),
        ("scan", True),
    ],
)
def test_what_a_time_or_a_remark_began_is_at_no_head(name: str, expected: bool) -> None:
    """A nightly run of the base's tip, or one that a stranger's comment began, is not waited for."""
    assert is_of_change(name) is expected
