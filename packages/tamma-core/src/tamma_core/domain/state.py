"""A task's state is a fold of its events; nothing else may be consulted to decide what is next."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import field
from msgspec.structs import replace

from tamma_core.domain import events as ev
from tamma_core.domain.consumption import Consumption
from tamma_core.domain.doubts import Doubt, doubts, question_name
from tamma_core.domain.effects import Effect, Outcome
from tamma_core.domain.errors import Defect
from tamma_core.domain.ids import EffectKey, Position, Sha
from tamma_core.domain.plan import Analysis, Plan
from tamma_core.domain.record import Record
from tamma_core.domain.review import ReviewItem, ThreadAnswer
from tamma_core.domain.rules import Rules
from tamma_core.domain.standing import Standing, Word, counts, in_journal, last_words
from tamma_core.domain.task import Limits, StepName, Task, TaskSettings, TaskStatus
from tamma_core.domain.usage import Usage


class EffectRecord(Record, frozen=True, kw_only=True):
    """Hold what is known of one external effect."""

    effect: Effect
    expires_at: datetime
    outcome: Outcome | None = None


class TaskState(Record, frozen=True, kw_only=True):
    """Hold everything that decides the next step of one task."""

    task: Task
    status: TaskStatus = TaskStatus.QUEUED
    position: Position | None = None
    step: StepName | None = None
    selected: ev.IssueSelected | None = None
    policy: ev.PolicyRead | None = None
    """The repository's own rules, once they were read at the present base or at a later one."""
    moved_base: Sha | None = None
    base_moves: int = 0
    analysis: Analysis | None = None
    plan: Plan | None = None
    plan_hash: str = ""
    plan_version: int = 0
    plan_feedback: str = ""
    """Why people rejected the last version of the plan."""
    plan_approval: ev.Approved | None = None
    rejection: ev.Rejected | None = None
    """The no that is acted upon; a resume makes a question of it again."""
    words: tuple[Word, ...] = ()
    """All that people said of plans and differences, as far as it was journaled."""
    questions: tuple[ev.DiffAsked, ...] = ()
    """What people were asked about differences, the newest last."""
    branch: str = ""
    attempt: ev.AttemptStarted | None = None
    attempts: int = 0
    candidate: ev.CandidateMade | None = None
    verified: ev.CandidateVerified | None = None
    reviewed: ev.CandidateReviewed | None = None
    rejected_candidate: ev.CandidateRejected | None = None
    review_items: tuple[ReviewItem, ...] = ()
    """What reviewers ever asked for in threads."""
    answers: tuple[ThreadAnswer, ...] = ()
    """What candidates do about threads, the newest word last."""
    triaged: ev.FailureTriaged | None = None
    """Whose fault the last failure at the present candidate is."""
    pull_request: ev.PullRequestOpened | None = None
    shown_at: datetime | None = None
    """When the present head was shown on the forge, its jobs were asked to run again, or a person let the task go on."""
    gate: ev.GatePassed | None = None
    merged: ev.ChangeMerged | None = None
    merged_at: datetime | None = None
    red: ev.BaseTurnedRed | None = None
    wait: ev.WaitStarted | None = None
    parked: ev.TaskParked | None = None
    lifted: ev.TaskParked | None = None
    """What the last resume let go on: a person has read its reason."""
    ended_because: str = ""
    ended_hint: str = ""
    effects: dict[EffectKey, EffectRecord] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal = Decimal(0)
    cost_known: bool = True
    resumes: int = 0
    selections: int = 0
    candidates: int = 0
    refused: str = ""
    """Why the last result of an agent was refused."""
    ignored: frozenset[str] = frozenset()
    """Comments that were not obeyed, and need not be told of again."""
    networks: tuple[ev.NetworkUsed, ...] = ()
    used: Consumption = field(default_factory=Consumption)
    """What all commands in the sandbox took."""
    turns: int = 0
    retries: int = 0
    """How often in a row the present step was put off because something failed in passing."""

    @property
    def settings(self) -> TaskSettings:
        """Answer the task's settings as the repository's own rules leave them."""
        own = None if self.policy is None else self.policy.policy
        return self.task.settings.under(own or Rules())

    def counts(self, approval: ev.Approved) -> bool:
        """Tell whether the rules of the moment let this word count."""
        return counts(approval, self.settings.rules)

    @property
    def diff_approvals(self) -> tuple[ev.Approved, ...]:
        """List the approvals of differences that no later word took back, by the journal."""
        said = [found for name in self._subjects() for found in self._last_words(name).approvals]
        return tuple(approval for approval in said if approval.subject is ev.ApprovalSubject.DIFF)

    @property
    def rejected_diffs(self) -> frozenset[str]:
        """Name that about which the last word was no, by the journal."""
        return frozenset(name for name in self._subjects() if self._last_words(name).rejection is not None)

    def subject_of(self, name: str) -> str:
        """Answer what is decided by a word with this name: the difference that was asked about, or what has it itself."""
        return next((asked.diff_hash for asked in self.questions if asked.hash == name), name)

    def names_of(self, subject: str) -> frozenset[str]:
        """List the names by which people can speak of it."""
        return frozenset({subject, *(asked.hash for asked in self.questions if asked.diff_hash == subject)})

    def words_about(self, subject: str) -> tuple[Word, ...]:
        """List what the journal holds about it, by whichever name: a no stands whatever else the question told of."""
        names = self.names_of(subject)
        return tuple(word for word in self.words if word.said.hash in names)

    def _subjects(self) -> Iterable[str]:
        return dict.fromkeys(self.subject_of(word.said.hash) for word in self.words)

    def _last_words(self, subject: str) -> Standing:
        return last_words(self.words_about(subject))

    def given_for(self, approval: ev.Approved) -> frozenset[str]:
        """Name the doubts that the question told of whose answer this is; the difference's own name tells of none."""
        told = (asked for asked in self.questions if asked.hash == approval.hash != asked.diff_hash)
        return frozenset(name for asked in told for name in asked.doubts)

    def approves_diff(self, diff_hash: str) -> bool:
        """Tell whether a person whose word counts approved exactly this difference, for all present doubts."""
        present = {doubt.name for doubt in self.doubts}
        return any(
            self.subject_of(approval.hash) == diff_hash
            and self.counts(approval)
            and present <= self.given_for(approval)
            for approval in self.diff_approvals
        )

    @property
    def diff_asked(self) -> ev.DiffAsked:
        """Answer what there is to ask about the present difference: a question that tells of exactly the present doubts."""
        if self.candidate is None:
            raise Defect(f"task {self.task.id} has no candidate to ask about")
        subject, names = self.candidate.guard.diff_hash, sorted({doubt.name for doubt in self.doubts})
        return ev.DiffAsked(hash=question_name(subject, names), diff_hash=subject, doubts=tuple(names))

    @property
    def diff_question(self) -> str:
        """Name the question about the present difference, or nothing where it was not asked."""
        return self.diff_asked.hash if self.candidate and self.diff_asked in self.questions else ""

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """List for what a person has to look at the present difference, as far as it was inspected and verified."""
        report = self.verified.report if self.verified else None
        return doubts(self.candidate.guard if self.candidate else None, report)

    @property
    def base_sha(self) -> Sha:
        """Name the commit of the base branch that the work is measured against."""
        if self.selected is None:
            raise Defect(f"task {self.task.id} has no base yet")
        return self.moved_base or self.selected.base_sha


def fold(recorded: Iterable[ev.Recorded], state: TaskState | None = None) -> TaskState:
    """Compute a task's state from its events, or go on from an earlier state."""
    for item in recorded:
        if state is None:
            if not isinstance(item.event, ev.TaskCreated):
                raise Defect(f"journal of task {item.task} does not begin with its creation")
            state = TaskState(task=item.event.task)
        changed = replace(_apply(state, item.event), position=item.position)
        # What a worker writes after a person ended the task is kept, but does not bring the task back.
        state = replace(changed, **_ending(state)) if state.status.ended else changed
        if _begins_checks(item.event, state):
            state = replace(state, shown_at=item.at)
        if isinstance(item.event, ev.ChangeMerged):
            state = replace(state, merged_at=item.at)
        if isinstance(item.event, ev.Approved | ev.Rejected):
            before = state.words_about(state.subject_of(item.event.hash))
            state = replace(state, words=(*state.words, in_journal(item.event, item.at, before)))
    if state is None:
        raise Defect("an empty journal has no state")
    return state


def _begins_checks(event: ev.Event, state: TaskState) -> bool:
    match event:
        case ev.PullRequestOpened():
            return True
        case ev.FailureTriaged():
            return bool(event.jobs)
        case ev.TaskResumed():  # what a person has started before takes its time, too
            return state.shown_at is not None
        case _:
            return False


def _apply(state: TaskState, event: ev.Event) -> TaskState:
    for part in (_apply_preparation, _apply_candidate, _apply_delivery, _apply_life, _apply_people):
        changed = part(state, event)
        if changed is not None:
            return changed
    return state


def _apply_preparation(state: TaskState, event: ev.Event) -> TaskState | None:
    match event:
        case ev.IssueSelected():
            return replace(
                _awake(state),
                selected=event,
                policy=_policy_at(state, event.base_sha),
                selections=state.selections + 1,
                moved_base=None,
                analysis=None,
                plan=None,
                plan_hash="",
                plan_approval=None,
            )
        case ev.IssueAnalysed():
            return replace(state, analysis=event.analysis)
        case ev.PlanMade():
            return replace(
                _awake(state),
                plan=event.plan,
                plan_hash=event.hash,
                plan_version=event.version,
                plan_approval=None,
                rejection=None,
            )
        case ev.PlanVoided():
            return replace(
                _awake(state), plan=None, plan_hash="", plan_approval=None, rejection=None, plan_feedback=event.reason
            )
        case ev.Approved():
            return _approved(state, event)
        case ev.Rejected():
            return replace(_awake(state), rejection=event)
        case ev.DiffAsked():
            return replace(state, questions=(*state.questions, event))
        case ev.BranchNamed():
            return replace(state, branch=event.branch)
        case ev.PolicyRead():
            return _under_policy(replace(state, policy=event))
        case _:
            return None


def _under_policy(state: TaskState) -> TaskState:
    """Take back an approval of the plan that the rules of meanwhile do not let count."""
    approval = state.plan_approval
    return state if approval is None or state.counts(approval) else replace(state, plan_approval=None)


def _approved(state: TaskState, event: ev.Approved) -> TaskState:
    if event.subject is ev.ApprovalSubject.PLAN:
        if event.hash != state.plan_hash:
            return state
        return replace(_awake(state), plan_approval=event if state.counts(event) else state.plan_approval)
    return replace(_awake(state), rejection=None)


def _policy_at(state: TaskState, base_sha: Sha) -> ev.PolicyRead | None:
    """Keep the rules that were read at this commit; those of another one have to be read anew."""
    return state.policy if state.policy is not None and state.policy.base_sha == base_sha else None


def _apply_candidate(state: TaskState, event: ev.Event) -> TaskState | None:
    match event:
        case ev.AttemptStarted():
            return replace(_without_candidate(state), attempt=event, attempts=state.attempts + 1)
        case ev.TurnRecorded():
            return replace(
                state,
                turns=state.turns + 1,
                usage=state.usage + event.usage if state.turns else event.usage,
                cost_usd=state.cost_usd + (event.cost_usd or 0),
                cost_known=state.cost_known and event.cost_usd is not None,
            )
        case ev.NetworkUsed():
            return replace(state, networks=(*state.networks, event))
        case ev.CommandsRun():
            return replace(state, used=state.used + event.used)
        case ev.CandidateMade():
            fresh = _awake(_without_candidate(state))
            answers = (*state.answers, *event.answers)
            return replace(fresh, candidate=event, candidates=state.candidates + 1, refused="", answers=answers)
        case ev.CandidateVerified():
            return replace(state, verified=event)
        case ev.CandidateReviewed():
            return replace(state, reviewed=event)
        case ev.FailureTriaged():
            return replace(_awake(state), triaged=event)
        case ev.CandidateRejected():
            fresh = _awake(_without_candidate(state))
            items = (*state.review_items, *(item for item in event.items if item not in state.review_items))
            return replace(fresh, rejected_candidate=event, attempt=None, rejection=None, review_items=items)
        case _:
            return None


def _apply_delivery(state: TaskState, event: ev.Event) -> TaskState | None:
    match event:
        case ev.PullRequestOpened():
            return replace(state, pull_request=event)
        case ev.BaseMoved():
            moved = replace(_awake(state), moved_base=event.base_sha, base_moves=state.base_moves + 1, gate=None)
            return replace(moved, policy=_policy_at(state, event.base_sha))
        case ev.GateVoided():
            return replace(_awake(state), gate=None)
        case ev.GatePassed():
            return replace(_awake(state), gate=event)
        case ev.ChangeMerged():
            return replace(_awake(state), merged=event)
        case ev.BaseTurnedRed():
            return replace(state, red=event)
        case ev.EffectIntended():
            record = EffectRecord(effect=event.effect, expires_at=event.expires_at)
            return replace(state, effects={**state.effects, event.effect.key: record})
        case ev.EffectDone():
            record = replace(state.effects[event.key], outcome=event.outcome)
            return replace(state, effects={**state.effects, event.key: record})
        case _:
            return None


def _apply_life(state: TaskState, event: ev.Event) -> TaskState | None:
    match event:
        case ev.StepStarted():
            same = event.step is state.step
            return replace(_awake(state), step=event.step, retries=state.retries if same else 0)
        case ev.WaitStarted():
            retries = state.retries + 1 if event.wait_for is ev.WaitFor.RETRY else 0
            if state.status is TaskStatus.PAUSED:
                return state
            return replace(state, status=TaskStatus.WAITING, step=event.step, wait=event, retries=retries)
        case ev.TaskParked():
            return replace(state, status=TaskStatus.PAUSED, parked=event, wait=None)
        case ev.TaskCompleted():
            return _ended(state, TaskStatus.COMPLETED, event.summary)
        case ev.TaskFailed():
            return replace(_ended(state, TaskStatus.FAILED, event.reason), ended_hint=event.hint)
        case ev.TaskCancelled():
            return _ended(state, TaskStatus.CANCELLED, event.reason)
        case _:
            return None


def _apply_people(state: TaskState, event: ev.Event) -> TaskState | None:
    match event:
        case ev.TaskPaused():
            return replace(state, status=TaskStatus.PAUSED)
        case ev.TaskResumed():
            task = state.task if event.limits is None else _with_limits(state.task, event.limits)
            fresh = replace(
                state,
                task=task,
                status=TaskStatus.QUEUED,
                parked=None,
                lifted=state.parked,
                wait=None,
                rejection=None,
            )
            # Days may have passed: whatever let the change through is looked at again.
            return replace(fresh, resumes=state.resumes + 1, retries=0, base_moves=0, triaged=None, gate=None)
        case ev.ResultRefused():
            kept = None if event.reselect else state.selected
            return replace(state, selected=kept, attempt=None, refused=event.reason)
        case ev.CommandIgnored():
            return replace(state, ignored=state.ignored | {event.comment})
        case _:
            return None


def _ending(state: TaskState) -> dict[str, Any]:
    ending = {"status": state.status, "ended_because": state.ended_because, "ended_hint": state.ended_hint}
    return {**ending, "wait": None, "parked": None}


def _with_limits(task: Task, limits: Limits) -> Task:
    return replace(task, settings=replace(task.settings, limits=limits))


def _awake(state: TaskState) -> TaskState:
    """Go on, unless a person paused the task: only a person lifts that."""
    status = state.status if state.status is TaskStatus.PAUSED else TaskStatus.RUNNING
    return replace(state, status=status, wait=None)


def _without_candidate(state: TaskState) -> TaskState:
    return replace(state, candidate=None, verified=None, reviewed=None, triaged=None, gate=None)


def _ended(state: TaskState, status: TaskStatus, reason: str) -> TaskState:
    return replace(state, status=status, ended_because=reason, wait=None, parked=None)
