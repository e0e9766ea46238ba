"""The fold of a task's events, and the next step that follows from it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from tamma_core.domain import events as ev
from tamma_core.domain.consumption import Consumption
from tamma_core.domain.errors import Defect
from tamma_core.domain.guard import GuardReport
from tamma_core.domain.ids import BlobRef, DeliveryId, Position, Sha, TaskId
from tamma_core.domain.plan import Analysis, Plan
from tamma_core.domain.repository import RepositoryRef
from tamma_core.domain.rules import Rules
from tamma_core.domain.state import TaskState, fold
from tamma_core.domain.task import StepName, Task, TaskStatus, Trigger
from tamma_core.domain.usage import Usage
from tamma_core.domain.verification import VerificationReport
from tamma_core.engine.next_step import next_step

AT = datetime(2026, 1, 2, tzinfo=UTC)
BASE, HEAD, OTHER = Sha("a" * 40), Sha("b" * 40), Sha("c" * 40)
TASK = Task(
    id=TaskId("t1"),
    repository=RepositoryRef("forge", "o/r"),
    trigger=Trigger.CLI,
    delivery=DeliveryId("d1"),
    created_at=AT,
    text="fix it",
)
PLAN = Plan(summary="s", steps=("one",), files=("a.py",))
APPROVED = ev.Approved(subject=ev.ApprovalSubject.PLAN, hash="h1", by="maintainer", via="issue")
CANDIDATE = ev.CandidateMade(sha=HEAD, attempt=1, guard=GuardReport("d1"), summary="done")
REPORT = VerificationReport(sha=HEAD, base=BASE, command="x", tests_run=1, tests_run_on_base=1)

WHOLE: Sequence[ev.Event] = (
    ev.TaskCreated(task=TASK),
    ev.IssueSelected(issue=None, base="main", base_sha=BASE),
    ev.IssueAnalysed(analysis=Analysis(summary="s", complexity="low", files=("a.py",))),
    ev.PlanMade(plan=PLAN, hash="h1", version=1),
    APPROVED,
    ev.BranchNamed(branch="tamma/x"),
    CANDIDATE,
    ev.CandidateVerified(report=REPORT),
    ev.CandidateReviewed(sha=HEAD, objections=(), summary="fine"),
    ev.PullRequestOpened(number=1, url="", head_sha=HEAD),
    ev.GatePassed(head_sha=HEAD, base_sha=BASE, reasons=()),
    ev.ChangeMerged(sha=OTHER),
)


def folded(*events: ev.Event) -> TaskState:
    """Fold events as a journal would hold them."""
    recorded = [
        ev.Recorded(position=Position(str(number)), task=TASK.id, epoch=1, at=AT, event=event)
        for number, event in enumerate(events, start=1)
    ]
    return fold(recorded)


def test_each_event_of_a_straight_run_leads_to_the_following_step() -> None:
    """A run without trouble visits the twelve steps in their order."""
    visited = [next_step(folded(*WHOLE[:length])) for length in range(1, len(WHOLE) + 1)]
    assert visited == list(StepName)


def test_approval_of_another_hash_approves_nothing() -> None:
    """Nobody approves what they did not see."""
    stale = ev.Approved(subject=ev.ApprovalSubject.PLAN, hash="old", by="maintainer", via="issue")
    assert next_step(folded(*WHOLE[:4], stale)) is StepName.APPROVE


def test_new_plan_voids_the_approval_of_the_old_one() -> None:
    """A later version of the plan must be approved itself."""
    state = folded(*WHOLE[:5], ev.PlanMade(plan=PLAN, hash="h2", version=2))
    assert next_step(state) is StepName.APPROVE


def test_changed_issue_begins_anew() -> None:
    """A new selection drops analysis, plan and approval."""
    state = folded(*WHOLE[:5], ev.IssueSelected(issue=None, base="main", base_sha=OTHER))
    assert next_step(state) is StepName.ANALYSE


def test_rejected_candidate_drops_all_that_was_said_of_it() -> None:
    """Verification, review and gate belong to one candidate."""
    state = folded(*WHOLE[:11], ev.CandidateRejected(sha=HEAD, by=StepName.MONITOR, reason="CI is red"))
    assert next_step(state) is StepName.IMPLEMENT
    assert (state.candidate, state.verified, state.reviewed, state.gate) == (None, None, None, None)


def test_new_candidate_must_be_shown_before_it_is_merged() -> None:
    """A pull request at an older head does not count."""
    again = ev.CandidateMade(sha=OTHER, attempt=2, guard=GuardReport("d2"), summary="done")
    report = VerificationReport(sha=OTHER, base=BASE, command="x", tests_run=1, tests_run_on_base=1)
    reviewed = ev.CandidateReviewed(sha=OTHER, objections=(), summary="")
    state = folded(*WHOLE[:11], again, ev.CandidateVerified(report=report), reviewed)
    assert next_step(state) is StepName.PULL_REQUEST


def test_every_state_but_the_ended_ones_has_a_way_on() -> None:
    """Parked and paused tasks run again after a person's gesture."""
    parked = ev.TaskParked(step=StepName.PLAN, reason="r", hint="h")
    resumed = folded(*WHOLE[:3], parked, ev.TaskResumed(by="maintainer"))
    assert folded(*WHOLE[:3], parked).status is TaskStatus.PAUSED
    assert (resumed.status, next_step(resumed)) == (TaskStatus.QUEUED, StepName.PLAN)


def test_merged_change_is_not_looked_at_by_the_gate_again() -> None:
    """After the merge only the end is left, also when a person paused and resumed meanwhile."""
    state = folded(*WHOLE, ev.TaskPaused(by="maintainer"), ev.TaskResumed(by="maintainer"))
    assert (state.gate, next_step(state)) == (None, StepName.CLOSE)


def test_resume_is_told_apart_by_the_park_that_it_lifted() -> None:
    """Whoever resumes a pause has accepted nothing; whoever resumes a park has read its reason."""
    parked = ev.TaskParked(step=StepName.MERGE, reason="r", hint="h")
    resumed = ev.TaskResumed(by="maintainer")
    assert folded(*WHOLE[:11], parked, resumed).lifted == parked
    assert folded(*WHOLE[:11], parked, resumed, ev.TaskPaused(by="m"), resumed).lifted is None


def test_checks_have_their_time_again_after_a_person_resumed() -> None:
    """A run that was approved or started by hand is not late because the head was shown long ago."""
    parked = ev.TaskParked(step=StepName.MONITOR, reason="checks are still running", hint="h")
    events = [*WHOLE[:10], parked, ev.TaskResumed(by="maintainer")]
    shown, later = AT, AT + timedelta(days=1)
    recorded = [
        ev.Recorded(position=Position(str(number)), task=TASK.id, epoch=1, at=shown, event=event)
        for number, event in enumerate(events, start=1)
    ]
    assert fold(recorded[:-1]).shown_at == shown
    assert fold([*recorded[:-1], replace(recorded[-1], at=later)]).shown_at == later


def test_an_approval_that_was_taken_back_elsewhere_counts_no_more() -> None:
    """A rejection at the terminal outlasts the older comment that approved, until somebody approves anew."""
    diff = ev.ApprovalSubject.DIFF
    approved = ev.Approved(subject=diff, hash="d1", by="ada", via="issue", comment="7")
    rejected = ev.Rejected(subject=diff, hash="d1", by="ada", via="terminal", reason="no")
    state = folded(*WHOLE[:10], approved, rejected)
    assert not state.diff_approvals
    assert state.rejected_diffs == {"d1"}
    again = folded(*WHOLE[:10], approved, rejected, ev.Approved(subject=diff, hash="d1", by="ada", via="terminal"))
    assert (again.approves_diff("d1"), again.rejected_diffs) == (True, frozenset())


def test_unknown_cost_of_one_turn_makes_the_sum_unknown() -> None:
    """A sum that leaves something out says so."""

    def turn(cost: Decimal | None) -> ev.TurnRecorded:
        return ev.TurnRecorded(
            step=StepName.PLAN,
            attempt=1,
            number=1,
            kind="model_answered",
            report=BlobRef("x"),
            usage=Usage(input_tokens=10, source="reported"),
            cost_usd=cost,
        )

    state = folded(WHOLE[0], turn(Decimal("0.1")), turn(None), turn(Decimal("0.2")))
    assert (state.cost_usd, state.cost_known, state.usage.input_tokens) == (Decimal("0.3"), False, 30)


def test_commands_are_summed_over_the_task() -> None:
    """Amounts add up; peaks are the highest of any command, not their sum."""
    first = Consumption(commands=2, wall_s=1.5, user_s=0.5, system_s=0.25, peak_memory_bytes=7, output_bytes=10)
    second = Consumption(commands=1, wall_s=1.0, user_s=1.0, peak_memory_bytes=5, peak_processes=3, written_bytes=4)
    run = [ev.CommandsRun(step=StepName.IMPLEMENT, used=used) for used in (first, second)]
    assert folded(*WHOLE[:2], *run).used == Consumption(
        commands=3,
        wall_s=2.5,
        user_s=1.5,
        system_s=0.25,
        peak_memory_bytes=7,
        peak_processes=3,
        output_bytes=10,
        written_bytes=4,
    )


def test_retries_are_counted_in_a_row_and_forgotten_after_progress() -> None:
    """The bound on retries is for one step, not for the life of a task."""
    wait = ev.WaitStarted(step=StepName.PLAN, wait_for=ev.WaitFor.RETRY, reason="down", until=AT)
    again = ev.StepStarted(step=StepName.PLAN, attempt=0)
    assert folded(*WHOLE[:3], again, wait, again, wait).retries == 2
    assert folded(*WHOLE[:3], again, wait, ev.StepStarted(step=StepName.APPROVE, attempt=0)).retries == 0


def test_journal_that_does_not_begin_with_a_creation_is_a_defect() -> None:
    """A cut journal is never taken for a whole one."""
    with pytest.raises(Defect):
        folded(*WHOLE[1:3])


def selected_with(policy: Rules | None, *events: ev.Event) -> TaskState:
    """Fold a task up to its plan, with rules of its repository."""
    read = ev.PolicyRead(base_sha=BASE, policy=policy)
    return folded(*WHOLE[:2], read, *WHOLE[2:4], *events)


def test_rules_are_those_of_the_present_base() -> None:
    """A base that moved has rules that nobody has read yet, unless they were read there already."""
    state = selected_with(Rules(cost_usd=Decimal(1)))
    assert state.settings.limits.cost_usd == 1
    moved = folded(*WHOLE[:2], ev.PolicyRead(base_sha=BASE, policy=None), ev.BaseMoved(base_sha=OTHER))
    assert moved.policy is None
    ahead = ev.PolicyRead(base_sha=OTHER, policy=Rules(attempts=1))
    kept = folded(*WHOLE[:2], ahead, ev.BaseMoved(base_sha=OTHER))
    assert kept.policy == ahead


@pytest.mark.parametrize(
    ("by", "via", "counts"),
    [("Maintainer", "issue", True), ("other", "issue", False), ("maintainer", "terminal", False)],
)
def test_a_plan_is_approved_by_whom_the_rules_name(by: str, via: str, counts: bool) -> None:
    """Where rules name approvers, a word at the terminal is nobody's, and one of somebody else does not count."""
    said = ev.Approved(subject=ev.ApprovalSubject.PLAN, hash="h1", by=by, via=via)
    state = selected_with(Rules(approvers=("maintainer",)), said)
    assert (state.plan_approval is not None) is counts
    assert next_step(state) is (StepName.BRANCH if counts else StepName.APPROVE)
    assert selected_with(None, said).plan_approval == said


def test_an_approval_of_a_difference_counts_as_the_rules_are_now() -> None:
    """Rules that became stricter take an earlier word back."""
    said = ev.Approved(subject=ev.ApprovalSubject.DIFF, hash="d1", by="other", via="issue")
    state = selected_with(None, said)
    assert state.approves_diff("d1")
    stricter = replace(state, policy=ev.PolicyRead(base_sha=OTHER, policy=Rules(approvers=("maintainer",))))
    assert not stricter.approves_diff("d1")


@pytest.mark.parametrize(("approver", "stands"), [("maintainer", True), ("somebody-else", False)])
def test_an_approval_of_the_plan_counts_as_the_rules_are_now(approver: str, stands: bool) -> None:
    """Rules that became stricter ask for the plan's approval again, whatever has been made since."""
    rules = ev.PolicyRead(base_sha=BASE, policy=Rules(approvers=(approver,)))
    state = folded(*WHOLE[:7], rules)
    assert (state.plan_approval is not None) is stands
    assert (next_step(state) is StepName.APPROVE) is not stands
