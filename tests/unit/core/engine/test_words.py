"""What people say in the issue and at the terminal, and what the engine does about it; on a forge over loopback."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from rehearsal.world import FORGE, SETTINGS, Place, World, world
from tamma_core.domain import events as ev
from tamma_core.domain.ci_job import JobAttempt
from tamma_core.domain.doubts import doubts, question_name
from tamma_core.domain.effects import Declined, RequestReview
from tamma_core.domain.guard import Finding, GuardReport, Verdict
from tamma_core.domain.ids import EffectKey, Sha, TaskId
from tamma_core.domain.plan import Analysis, Plan, plan_hash
from tamma_core.domain.repository import Issue, IssueRef, IssueState, RepositoryRef
from tamma_core.domain.rules import QuietHours, Rules
from tamma_core.domain.state import TaskState, fold
from tamma_core.domain.task import StepName, TaskSettings, TaskStatus
from tamma_core.domain.triage import Cause
from tamma_core.domain.verification import VerificationReport
from tamma_core.engine.ci_failure import finish_repeat, triaged
from tamma_core.engine.step import Escalate, StepContext, Wait
from tamma_core.system import SystemClock
from tamma_platforms.testing import gitea_actions as actions
from tamma_platforms.testing.gitea_fake import Fault, GiteaFake, add_issue
from tamma_platforms.testing.gitea_state import FakeComment, FakeRepository
from tamma_platforms.testing.serving import serving
from unit.core.guards.test_merge_gate import FACTS

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SLUG, TITLE, BODY = "owner/project", "It is wrong", "Make it right."
BASE, HEAD = Sha("a" * 40), Sha("b" * 40)
MADE = Plan(summary="s", steps=("one",), files=("a.py",))
PLAN = plan_hash(MADE, issue_text=f"{TITLE}\n\n{BODY}", base=BASE)
DIFF = "d" * 32


class Told(SystemClock):
    """Tell the time of day that a test sets; waiting takes as long as it takes."""

    at = NOON

    def now(self) -> datetime:
        """Answer the time of day in UTC."""
        return self.at


@dataclass
class Talk:
    """Hold a task in an engine, an issue on the fake forge, and the one clock of both."""

    world: World
    fake: GiteaFake
    stored: FakeRepository
    clock: Told
    task: TaskId = field(init=False)

    async def begin(self, *events: ev.Event, settings: TaskSettings = SETTINGS) -> None:
        """Submit a task for the issue, with a plan and whatever else happened."""
        self.task = await self.world.submit(SLUG, 1, settings)
        await self.happens(*PLANNED, *events)

    async def happens(self, *events: ev.Event) -> None:
        """Have events journaled as a worker would."""
        lease = await self.world.ports.journal.claim(self.task, owner="before", ttl_s=30.0)
        await self.world.ports.journal.append(lease, events)
        await self.world.ports.journal.release(lease)

    async def typed(self, *events: ev.Event) -> None:
        """Decide at the terminal."""
        await self.world.ports.journal.signal(self.task, events)

    def wait_s(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.at += timedelta(seconds=seconds)

    def says(self, text: str, by: str = "ada") -> FakeComment:
        """Comment on the issue."""
        number = max(self.stored.comments, default=0) + 1
        made = FakeComment(number, 1, by, text, self._now())
        self.stored.comments[number] = made
        return made

    def edits(self, comment: FakeComment, text: str) -> None:
        """Change a comment."""
        comment.body, comment.updated = text, self._now()

    def _now(self) -> str:
        return self.clock.at.replace(microsecond=0).isoformat().replace("+00:00", "Z")

    async def advance(self) -> TaskState:
        """Do a step."""
        return await self.world.engine.advance(self.task)

    def told(self) -> list[str]:
        """List what the bot said in the issue about words that it ignored."""
        said = [comment.body for comment in self.stored.comments.values() if comment.author == "bot"]
        return [body.splitlines()[0] for body in said if "was ignored" in body]

    def asked(self) -> list[str]:
        """List what the bot asked in the issue about differences."""
        said = [comment.body for comment in self.stored.comments.values() if comment.author == "bot"]
        return [body for body in said if "needs a person" in body]

    async def state(self) -> TaskState:
        """Fold the journal."""
        return fold(await self.world.ports.journal.read(self.task))

    async def log(self) -> list[str]:
        """List what was told to those who watch."""
        return [line.text async for line in self.world.ports.log.follow(self.task, until_idle=True)]

    async def asked_by_a_poll(self) -> Counter[str]:
        """Count what a poll that finds nothing new asks of the forge."""
        await self.advance()
        self.fake.requests.clear()
        await self.advance()
        return Counter(request.replace(f"/api/v1/repos/{SLUG}", "") for request in self.fake.requests)


ISSUE = Issue(IssueRef(FORGE, RepositoryRef(FORGE, SLUG), "1"), TITLE, BODY, IssueState.OPEN, "ada")
PLANNED: Sequence[ev.Event] = (
    ev.IssueSelected(issue=ISSUE, base="main", base_sha=BASE),
    ev.PolicyRead(base_sha=BASE, policy=None),
    ev.IssueAnalysed(analysis=Analysis(summary="s", complexity="low", files=("a.py",))),
    ev.PlanMade(plan=MADE, hash=PLAN, version=1),
)
FOUND = Finding(rule="size", path="a.py", reason="large", verdict=Verdict.HUMAN)
CHANGED: Sequence[ev.Event] = (
    ev.BranchNamed(branch="tamma/x"),
    ev.CandidateMade(sha=HEAD, attempt=1, guard=GuardReport(DIFF, (FOUND,)), summary="done"),
    ev.CandidateVerified(report=VerificationReport(sha=HEAD, base=BASE, command="x", tests_run=1, tests_run_on_base=1)),
    ev.CandidateReviewed(sha=HEAD, objections=(), summary="fine"),
)
"""The difference is there, and a person has to look at it."""
TOLD = tuple(doubt.name for doubt in doubts(GuardReport(DIFF, (FOUND,)), None))
ASKED = question_name(DIFF, TOLD)


def typed(
    kind: type[ev.Approved] | type[ev.Rejected], subject: ev.ApprovalSubject = ev.ApprovalSubject.PLAN
) -> ev.Event:
    """Say yes or no at the terminal."""
    return kind(subject=subject, hash=PLAN if subject is ev.ApprovalSubject.PLAN else DIFF, by="root", via="cli")


@asynccontextmanager
async def talking(data: Path) -> AsyncIterator[Talk]:
    """Open a world around a fake forge with one issue."""
    stored = FakeRepository(owner="owner", name="project", writers={"ada", "bob", "bot"})
    add_issue(stored, "ada", TITLE, BODY)
    # The real forge tells permissions to those who administer a repository, and to everybody their own.
    fake = GiteaFake(tokens={"t0ken": "bot"}, repositories={SLUG: stored})
    clock = Told()
    async with serving(fake.application()) as url:
        place = Place(data=data, forge_url=url, forge_token="t0ken", model_url="http://127.0.0.1:9")
        async with world(place, clock=clock) as opened:
            yield Talk(opened, fake, stored, clock)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """Set a talk up."""
    async with talking(tmp_path) as made:
        yield made


async def approved_after_a_no(talk: Talk) -> FakeComment:
    """Have the plan rejected by one and approved later by another in the issue, and the change made; answer the yes."""
    await talk.begin()
    await talk.advance()
    talk.says(f"/tamma reject {PLAN}", by="bob")
    talk.wait_s(5)
    yes = talk.says(f"/tamma approve {PLAN}", by="ada")
    state = await talk.advance()
    assert state.plan_approval is not None
    await talk.happens(*CHANGED)
    return yes


async def test_an_edited_approval_does_not_bring_an_older_no_back(talk: Talk) -> None:
    """What was taken up stands, whatever becomes of its comment: the work goes on, and nobody is bothered."""
    yes = await approved_after_a_no(talk)
    talk.wait_s(60)
    talk.edits(yes, f"/tamma approve {PLAN}\n\nThank you!")
    state = await talk.advance()
    assert (state.parked, state.step, state.status) == (None, StepName.PULL_REQUEST, TaskStatus.WAITING)
    assert not talk.told()


async def test_an_approval_that_is_edited_into_a_no_stops_the_work(talk: Talk) -> None:
    """A rejection counts wherever it stands, from the edit on."""
    yes = await approved_after_a_no(talk)
    talk.wait_s(60)
    talk.edits(yes, f"/tamma reject {PLAN} on second thoughts")
    state = await talk.advance()
    assert state.parked is not None
    assert "ada rejected the plan after it was approved: on second thoughts" in state.parked.reason


async def test_a_yes_at_the_terminal_outweighs_an_older_no_in_the_issue(talk: Talk) -> None:
    """The no was written between two polls, before somebody said yes elsewhere."""
    await talk.begin()
    assert (await talk.advance()).wait is not None
    talk.says(f"/tamma reject {PLAN} too early", by="bob")
    talk.wait_s(5)
    await talk.typed(typed(ev.Approved))
    await talk.happens(*CHANGED)
    state = await talk.advance()
    assert (state.parked, state.step, state.status) == (None, StepName.PULL_REQUEST, TaskStatus.WAITING)


async def test_a_no_in_the_issue_outweighs_an_older_yes_at_the_terminal(talk: Talk) -> None:
    """The other way round the work stops."""
    await talk.begin()
    await talk.advance()
    await talk.typed(typed(ev.Approved))
    await talk.happens(*CHANGED)
    talk.wait_s(5)
    talk.says(f"/tamma reject {PLAN} wait", by="bob")
    state = await talk.advance()
    assert state.parked is not None
    assert "bob rejected the plan after it was approved: wait" in state.parked.reason


@pytest.mark.parametrize("subject", ev.ApprovalSubject)
async def test_a_yes_in_the_issue_outweighs_an_older_no_at_the_terminal(
    talk: Talk, subject: ev.ApprovalSubject
) -> None:
    """Both were said between two polls, and the later one counts."""
    plan = subject is ev.ApprovalSubject.PLAN
    await talk.begin(*(() if plan else (typed(ev.Approved), *CHANGED)))
    await talk.advance()
    await talk.typed(typed(ev.Rejected, subject))
    talk.wait_s(5)
    talk.says(f"/tamma approve {PLAN if plan else ASKED}")
    state = await talk.advance()
    assert state.parked is None
    assert state.plan_approval if plan else state.approves_diff(DIFF)


async def test_a_no_at_the_terminal_is_a_question_again_once_the_task_is_resumed(talk: Talk) -> None:
    """It parks the task once; afterwards an older yes is none, and a later one is."""
    await talk.begin(typed(ev.Approved), *CHANGED)
    talk.says(f"/tamma approve {ASKED}")
    talk.wait_s(5)
    await talk.typed(typed(ev.Rejected, ev.ApprovalSubject.DIFF))
    assert (await talk.advance()).parked is not None
    await talk.typed(ev.TaskResumed(by="root"))
    state = await talk.advance()
    assert (state.status, state.diff_approvals) == (TaskStatus.WAITING, ())
    talk.wait_s(5)
    talk.says(f"/tamma approve {ASKED}", by="bob")
    assert [one.by for one in (await talk.advance()).diff_approvals] == ["bob"]


async def test_a_failure_within_a_wait_does_not_begin_its_time_anew(talk: Talk) -> None:
    """A forge that fails now and then would otherwise have an unanswered question wait for ever."""
    await talk.begin()
    assert (await talk.advance()).step is StepName.APPROVE
    talk.wait_s(SETTINGS.approval_timeout_s - 1)
    talk.fake.faults.append(Fault(method="GET", path="/comments$", status=503, times=4))
    state = await talk.advance()
    assert state.wait is not None
    assert state.wait.wait_for is ev.WaitFor.RETRY
    assert (await talk.advance()).status is TaskStatus.WAITING
    talk.wait_s(1)
    state = await talk.advance()
    assert state.parked is not None
    assert state.parked.reason.startswith("waited too long: plan ")


def contradicted(*names: str) -> Sequence[ev.Event]:
    """The base moved: the difference is the same, and what its tests say is not."""
    report = VerificationReport(
        sha=HEAD, base=BASE, command="x", tests_run=1, tests_run_on_base=1, contradicted_by=names
    )
    return (ev.BaseMoved(base_sha=BASE), CHANGED[1], ev.CandidateVerified(report=report), CHANGED[3])


async def test_an_approval_names_what_it_was_given_for(talk: Talk) -> None:
    """What came up since is asked about by another name; the old one answers the old question, and the new one both."""
    await talk.begin(typed(ev.Approved), *CHANGED)
    assert (await talk.advance()).diff_question == ASKED
    talk.says(f"/tamma approve {ASKED}", by="bob")
    assert (await talk.advance()).approves_diff(DIFF)
    talk.says(f"/tamma approve {ASKED}", by="ada")  # she answers what she was asked, while the base moves
    await talk.happens(*contradicted("t.old", "t.gone"))
    await talk.advance()  # her word is taken up
    state = await talk.advance()
    assert {one.by for one in state.diff_approvals} == {"bob", "ada"}
    assert state.wait is not None
    assert "the base's own tests fail on this change: t.gone, t.old" in state.wait.reason
    name = state.diff_question
    assert name not in {"", DIFF, ASKED}
    assert [(f"`{name}`" in body, "t.old" in body) for body in talk.asked()] == [(False, False), (True, True)]
    talk.wait_s(5)
    talk.says(f"/tamma approve {name}", by="ada")
    assert (await talk.advance()).approves_diff(DIFF)
    for fewer in ((), ("t.old",), ("t.gone",)):
        await talk.happens(*contradicted(*fewer))
        assert (await talk.state()).approves_diff(DIFF)
    for others in (("t.other",), ("t.old", "t.other"), ("t.old", "t.gone", "t.other")):
        await talk.happens(*contradicted(*others))
        assert not (await talk.state()).approves_diff(DIFF)


async def test_a_word_from_before_the_question_is_given_for_nothing(talk: Talk) -> None:
    """An earlier task of the issue made the same difference, and had it approved when nothing was doubtful."""
    talk.says(f"/tamma approve {DIFF}", by="bob")
    await talk.begin(typed(ev.Approved), *CHANGED)
    await talk.advance()
    state = await talk.advance()
    assert [one.by for one in state.diff_approvals] == ["bob"]
    assert (state.approves_diff(DIFF), state.diff_question, len(talk.asked())) == (False, ASKED, 1)


@pytest.mark.parametrize(
    "asked", [(), (ev.DiffAsked(hash=DIFF, diff_hash=DIFF, doubts=TOLD),)], ids=["not asked", "asked"]
)
async def test_an_approval_by_the_name_of_the_difference_is_asked_for_once_more(
    talk: Talk, asked: Sequence[ev.Event]
) -> None:
    """What an older version asked and took up tells not of what; nothing else is lost, and it is asked once."""
    old = ev.Approved(subject=ev.ApprovalSubject.DIFF, hash=DIFF, by="bob", via="cli")
    await talk.begin(typed(ev.Approved), *CHANGED, *asked, old)
    for _ in range(3):
        state = await talk.advance()
        assert (state.status, state.approves_diff(DIFF), state.diff_question) == (TaskStatus.WAITING, False, ASKED)
    assert len(talk.asked()) == 1
    await talk.typed(ev.Approved(subject=ev.ApprovalSubject.DIFF, hash=ASKED, by="bob", via="cli"))
    assert (await talk.state()).approves_diff(DIFF)


async def test_a_question_after_a_no_tells_all_that_is_doubtful(talk: Talk) -> None:
    """The no was at the terminal, a resume makes a question of it, and meanwhile the base moved."""
    await talk.begin(typed(ev.Approved), *CHANGED)
    await talk.advance()
    await talk.typed(typed(ev.Rejected, ev.ApprovalSubject.DIFF))
    assert (await talk.advance()).parked is not None
    await talk.typed(ev.TaskResumed(by="root"))
    await talk.happens(*contradicted("t.old"))
    state = await talk.advance()
    assert state.wait is not None
    for told in (talk.asked()[-1], state.wait.reason):
        assert state.diff_question in told
        assert [word in told for word in ("size: a.py: large", "t.old", "root rejected it")] == [True] * 3


async def test_a_question_tells_of_the_present_doubts_alone(talk: Talk) -> None:
    """One that was journaled before a death, and never asked, is not answered by what is asked later."""
    await talk.begin(typed(ev.Approved), *CHANGED, *contradicted("t.old"))
    await talk.happens((await talk.state()).diff_asked)
    await talk.happens(*contradicted())
    state = await talk.advance()
    assert (state.diff_question, len(talk.asked())) == (ASKED, 1)
    talk.wait_s(5)
    talk.says(f"/tamma approve {ASKED}", by="bob")
    assert (await talk.advance()).approves_diff(DIFF)
    await talk.happens(*contradicted("t.old"))
    assert not (await talk.state()).approves_diff(DIFF)


async def test_an_approval_edited_into_the_name_of_another_question_is_told(talk: Talk) -> None:
    """Its author would otherwise wait for ever: what was edited approves nothing, also where an earlier word in it counted."""
    await talk.begin(typed(ev.Approved), *CHANGED)
    await talk.advance()
    said = talk.says(f"/tamma approve {ASKED}", by="bob")
    assert (await talk.advance()).approves_diff(DIFF)
    await talk.happens(*contradicted("t.old"))
    name = (await talk.advance()).diff_question
    talk.wait_s(60)
    talk.edits(said, f"/tamma approve {name}")
    assert not (await talk.advance()).approves_diff(DIFF)
    assert talk.told() == ["`approve` by `bob` was ignored: in a comment that was edited; write a new one."]


async def test_a_no_holds_by_whichever_name_it_was_said(talk: Talk) -> None:
    """A question with more reasons is about the same difference: an older no is not lost, and a later yes lifts it."""
    await talk.begin(typed(ev.Approved), *CHANGED)
    await talk.advance()
    talk.says(f"/tamma reject {DIFF}", by="bob")
    await talk.happens(*contradicted("t.old"))
    state = await talk.advance()
    assert state.parked is not None
    assert state.rejected_diffs == {DIFF}
    talk.wait_s(5)
    talk.says(f"/tamma approve {DIFF}", by="ada")
    await talk.typed(ev.TaskResumed(by="root"))
    state = await talk.advance()
    assert (state.approves_diff(DIFF), state.rejected_diffs) == (False, frozenset())
    name = (await talk.advance()).diff_question
    talk.says(f"/tamma reject {name}", by="bob")
    assert (await talk.advance()).rejected_diffs == {DIFF}


async def test_whose_edited_approval_is_ignored_is_told_once(talk: Talk) -> None:
    """Somebody who may write gets one answer in the issue, and a stranger none."""
    await talk.begin()
    await talk.advance()
    for by in ("ada", "stranger"):
        said = talk.says("Let me see.", by=by)
        talk.wait_s(5)
        talk.edits(said, f"/tamma approve {PLAN}")
    for _ in range(3):
        state = await talk.advance()
        assert (state.plan_approval, state.status) == (None, TaskStatus.WAITING)
    assert talk.told() == ["`approve` by `ada` was ignored: in a comment that was edited; write a new one."]
    assert len([line for line in await talk.log() if line.startswith("ignored ")]) == 2


async def test_an_answer_that_was_lost_is_not_given_twice(talk: Talk) -> None:
    """The forge took the comment and failed to say so: it is found again."""
    await talk.begin()
    await talk.advance()
    said = talk.says("Let me see.")
    talk.wait_s(5)
    talk.edits(said, f"/tamma approve {PLAN}")
    talk.fake.faults.append(Fault(method="POST", path="/comments$", status=502, after=True))
    for _ in range(3):
        await talk.advance()
        talk.wait_s(61)
    assert len(talk.told()) == 1


async def test_only_so_many_are_told(talk: Talk) -> None:
    """Who edits comments all day does not make us write all day."""
    await talk.begin()
    await talk.advance()
    for _ in range(15):
        said = talk.says("Let me see.")
        talk.wait_s(5)
        talk.edits(said, f"/tamma approve {PLAN}")
    await talk.advance()
    assert len(talk.told()) == 10


async def test_nobody_is_told_at_night_and_an_approval_is_heard(talk: Talk) -> None:
    """In quiet hours an answer is taken up, and what was ignored is told in the morning."""
    hours = QuietHours(start=(NOON + timedelta(minutes=1)).time(), end=(NOON + timedelta(hours=1)).time(), zone="UTC")
    await talk.begin(settings=replace(SETTINGS, rules=Rules(quiet_hours=(hours,))))
    await talk.advance()
    talk.wait_s(120)
    said = talk.says("Let me see.")
    talk.wait_s(5)
    talk.edits(said, f"/tamma approve {PLAN}")
    assert (await talk.advance()).plan_approval is None
    assert not talk.told()
    talk.says(f"/tamma approve {PLAN}", by="bob")
    state = await talk.advance()
    assert state.plan_approval is not None
    assert not talk.told()


@pytest.mark.parametrize("events", [(), (typed(ev.Approved), *CHANGED)], ids=["the plan", "the difference"])
async def test_a_poll_reads_the_comments_once(talk: Talk, events: Sequence[ev.Event]) -> None:
    """Whatever is waited for, comments are listed once, and permission is asked for once for each who spoke."""
    await talk.begin(*events)
    talk.says(f"/tamma approve {PLAN}", by="stranger")
    talk.says(f"/tamma reject {DIFF}", by="stranger")
    asked = await talk.asked_by_a_poll()
    assert asked["GET /issues/1/comments"] == 1
    assert asked["GET /collaborators/stranger/permission"] == 1


async def test_what_was_read_is_read_anew_before_a_merge(talk: Talk) -> None:
    """A step reads comments and permissions once, until it asks for them again."""
    await talk.begin()
    state = await talk.world.engine.state(talk.task)
    lease = await talk.world.ports.journal.claim(talk.task, owner="test", ttl_s=30.0)
    ctx = StepContext(talk.world.ports, lambda: lease, state)
    assert (len(await ctx.comments()), await ctx.may_write("bob")) == (0, True)
    talk.says("no")
    talk.stored.writers.remove("bob")
    await talk.typed(typed(ev.Rejected))
    assert (len(await ctx.comments()), await ctx.may_write("bob"), ctx.state.words) == (0, True, ())
    await ctx.hear_anew()
    assert (len(await ctx.comments()), await ctx.may_write("bob"), len(ctx.state.words)) == (1, False, 1)


async def test_what_turned_green_meanwhile_is_looked_at_again(talk: Talk) -> None:
    """The gate saw a red check; when the jobs are read nothing is red any more, and nobody is blamed."""
    await talk.begin(typed(ev.Approved), *CHANGED)
    lease = await talk.world.ports.journal.claim(talk.task, owner="test", ttl_s=30.0)
    ctx = StepContext(talk.world.ports, lambda: lease, await talk.world.engine.state(talk.task))
    follows = await triaged(ctx, FACTS, "1 check(s) failed", repeats=True)
    assert isinstance(follows, Wait)
    assert follows.wait_for is ev.WaitFor.CI
    late = replace(FACTS, seconds_since_push=FACTS.ci_timeout_s)
    assert isinstance(await triaged(ctx, late, "1 check(s) failed", repeats=True), Escalate)


async def test_a_refused_repeat_is_asked_for_once(talk: Talk) -> None:
    """The forge will not run the jobs again: asked once, and said once, however often it is looked at."""
    files = {f"{actions.WORKFLOWS}/ci.yml": b"red\n"}
    head = Sha(talk.stored.push("main", files, None))
    actions.start(talk.stored, head)
    failed = ev.FailureTriaged(
        sha=head,
        step=StepName.MONITOR,
        cause=Cause.FLAKY,
        evidence="",
        again=True,
        jobs=(JobAttempt(run="1", job="101", attempt=1),),
    )
    await talk.begin(typed(ev.Approved), *CHANGED, failed)
    journal = talk.world.ports.journal
    lease = await journal.claim(talk.task, owner="test", ttl_s=30.0)
    ctx = StepContext(talk.world.ports, lambda: lease, await talk.world.engine.state(talk.task))
    for _ in range(3):  # a look at the runs is what lets the job go on until it has failed
        await talk.world.forge.list_jobs(ISSUE.ref.repository, head)
    talk.fake.faults.append(Fault(method="POST", path="/rerun-failed-jobs$", status=403, times=9))
    for _ in range(3):
        assert not await finish_repeat(ctx)
    assert len([request for request in talk.fake.requests if request.endswith("/rerun-failed-jobs")]) == 1
    assert len([line for line in await talk.log() if "are not repeated" in line]) == 1


async def test_a_refused_request_for_a_review_is_made_once(talk: Talk) -> None:
    """The forge lets somebody not be asked: that is known from the journal at the next poll."""
    await talk.begin()
    lease = await talk.world.ports.journal.claim(talk.task, owner="test", ttl_s=30.0)
    ctx = StepContext(talk.world.ports, lambda: lease, await talk.world.engine.state(talk.task))
    talk.fake.faults.append(Fault(method="POST", path="/requested_reviewers$", status=403, times=9))
    asked = RequestReview(
        key=EffectKey("review-request:x"), repository=ISSUE.ref.repository, number=2, reviewers=("bob",)
    )
    assert [type(await ctx.perform(asked)) for _ in range(3)] == [Declined] * 3
    assert len([request for request in talk.fake.requests if request.endswith("/requested_reviewers")]) == 1


async def test_who_cannot_be_answered_keeps_no_approval_from_counting(talk: Talk) -> None:
    """Where the forge refuses our comment, a locked issue for one, the log says it, and the task goes on."""
    await talk.begin()
    await talk.advance()
    talk.wait_s(5)
    ignored = talk.says(f"/tamma approve {PLAN}", by="bob")
    talk.wait_s(5)
    talk.edits(ignored, f"/tamma approve {PLAN} !")
    talk.wait_s(5)
    talk.says(f"/tamma approve {PLAN}", by="ada")
    talk.fake.faults.append(Fault(method="POST", path="/comments$", status=403, times=9))
    state = await talk.advance()
    assert (state.plan_approval and state.plan_approval.by, state.parked) == ("ada", None)
    assert any("could not tell bob" in line for line in await talk.log())
