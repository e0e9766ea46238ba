"""One event of each type, and strategies for those that decide what a list shows."""

from datetime import UTC, datetime, time
from decimal import Decimal

from hypothesis import strategies as st
from tamma_core.domain import events as ev
from tamma_core.domain.consumption import Consumption
from tamma_core.domain.effects import CloseIssue, Done
from tamma_core.domain.guard import GuardReport
from tamma_core.domain.ids import BlobRef, EffectKey, Sha
from tamma_core.domain.plan import Analysis, Plan
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.repository import Issue, IssueRef, IssueState, RepositoryRef
from tamma_core.domain.rules import QuietHours, Rules, Weekday
from tamma_core.domain.task import SetupNetwork, StepName
from tamma_core.domain.traffic import Traffic
from tamma_core.domain.triage import Cause
from tamma_core.domain.usage import Usage
from tamma_core.domain.verification import VerificationReport
from tamma_core.testing.example_tasks import example_task

SHA = Sha("0" * 40)
LATER = datetime(2026, 1, 2, tzinfo=UTC)
TASK = example_task("t1", issue="7")
ISSUE = IssueRef("example", RepositoryRef("example", "owner/name"), "7")
REPORT = VerificationReport(sha=SHA, base=SHA, command="test", tests_run=1, tests_run_on_base=1)
PLAN = ev.ApprovalSubject.PLAN
INTENDED = ev.EffectIntended(effect=CloseIssue(key=EffectKey("close"), issue=ISSUE), expires_at=LATER)

PLAIN: tuple[ev.Event, ...] = (
    ev.TaskCreated(task=TASK),
    ev.IssueSelected(issue=Issue(ISSUE, "\nA defect \n", "body", IssueState.OPEN, "mona"), base="main", base_sha=SHA),
    ev.PolicyRead(
        base_sha=SHA,
        policy=Rules(
            allowed_paths=(("src/",),),
            approvers=("mona",),
            merge_method=MergeMethod.SQUASH,
            cost_usd=Decimal("2.5"),
            quiet_hours=(QuietHours(start=time(22), end=time(7), zone="UTC", days=(Weekday.MONDAY,)),),
        ),
    ),
    ev.IssueAnalysed(analysis=Analysis(summary="s", complexity="low", files=("a.py",))),
    ev.BranchNamed(branch="tamma/7"),
    ev.AttemptStarted(number=1, base_sha=SHA, authored_at=LATER),
    ev.CandidateMade(sha=SHA, attempt=1, guard=GuardReport("hash"), summary="s"),
    ev.CandidateVerified(report=REPORT),
    ev.NetworkUsed(step=StepName.VERIFY, network=SetupNetwork.PROXY, traffic=Traffic()),
    ev.CommandsRun(step=StepName.VERIFY, used=Consumption(commands=1, wall_s=0.1, user_s=0.1, written_bytes=4096)),
    ev.TrafficRecorded(record=BlobRef("0" * 64)),
    ev.CandidateReviewed(sha=SHA, objections=(), summary="s"),
    ev.CandidateRejected(sha=SHA, by=StepName.VERIFY, reason="red"),
    ev.PullRequestOpened(number=1, url="https://forge.example/1", head_sha=SHA),
    ev.BaseMoved(base_sha=SHA),
    ev.GatePassed(head_sha=SHA, base_sha=SHA, reasons=("green",)),
    ev.GateVoided(reason="the head moved"),
    ev.FailureTriaged(sha=SHA, step=StepName.MONITOR, cause=Cause.FLAKY, evidence="red, then green"),
    ev.DiffAsked(hash="name", diff_hash="hash", doubts=("doubt",)),
    ev.PlanVoided(reason="too long"),
    ev.ResultRefused(step=StepName.PLAN, reason="no steps"),
    ev.CommandIgnored(comment="7", author="passer-by"),
    ev.ChangeMerged(sha=SHA),
    ev.BaseTurnedRed(sha=SHA, tip=SHA, checks=("ci / test",), found_at=LATER),
    INTENDED,
    ev.EffectDone(key=EffectKey("close"), outcome=Done()),
    ev.TaskParked(step=StepName.PLAN, reason="a question", hint="answer"),
    ev.TaskResumed(by="mona"),
    ev.TaskPaused(by="mona"),
    ev.TaskCompleted(summary="merged"),
    ev.TaskFailed(step=StepName.PLAN, reason="no", hint=""),
    ev.TaskCancelled(by="mona", reason="enough"),
)

steps = st.sampled_from(StepName)
hashes = st.sampled_from(("a", "b"))
costs = st.none() | st.decimals(min_value=0, max_value=100, places=9)
events = st.one_of(
    st.sampled_from(PLAIN),
    st.builds(ev.StepStarted, step=steps, attempt=st.just(1)),
    st.builds(
        ev.WaitStarted, step=steps, wait_for=st.sampled_from(ev.WaitFor), reason=st.just("why"), until=st.just(LATER)
    ),
    st.builds(ev.PlanMade, plan=st.just(Plan(summary="s", steps=(), files=())), hash=hashes, version=st.just(1)),
    st.builds(ev.Approved, subject=st.sampled_from(ev.ApprovalSubject), hash=hashes, by=st.just("m"), via=st.just("")),
    st.builds(ev.Rejected, subject=st.sampled_from(ev.ApprovalSubject), hash=hashes, by=st.just("m"), via=st.just("")),
    st.builds(
        ev.TurnRecorded,
        step=steps,
        attempt=st.just(1),
        number=st.just(1),
        kind=st.just("turn"),
        report=st.just(BlobRef("0" * 64)),
        usage=st.just(Usage()),
        cost_usd=costs,
    ),
)
VARIED: tuple[ev.Event, ...] = (
    ev.StepStarted(step=StepName.PLAN, attempt=1),
    ev.WaitStarted(step=StepName.APPROVE, wait_for=ev.WaitFor.APPROVAL, reason="why", until=LATER),
    ev.PlanMade(plan=Plan(summary="s", steps=(), files=()), hash="a", version=1),
    ev.Approved(subject=PLAN, hash="a", by="mona", via="issue"),
    ev.Rejected(subject=PLAN, hash="a", by="mona", via="issue"),
    ev.TurnRecorded(
        step=StepName.IMPLEMENT,
        attempt=1,
        number=1,
        kind="turn",
        report=BlobRef("0" * 64),
        usage=Usage(),
        cost_usd=Decimal("0.000000075"),
    ),
)
