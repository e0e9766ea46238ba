"""What a step is given and what it may answer."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import field

from tamma_core.agent.unseen import shown
from tamma_core.domain.consumption import Consumption
from tamma_core.domain.effects import Effect, Outcome, ShowStatus
from tamma_core.domain.errors import ConditionFailed, Defect
from tamma_core.domain.events import CommandsRun, Event, NetworkUsed, Recorded, ResultRefused, WaitFor
from tamma_core.domain.ids import Position
from tamma_core.domain.masked_record import masked
from tamma_core.domain.record import Record
from tamma_core.domain.repository import Comment
from tamma_core.domain.rules import Rules
from tamma_core.domain.state import TaskState, fold
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.engine.stop_signs import check_file, check_forge, check_hours
from tamma_core.engine.tested_tree import TestedTree, verification_settings
from tamma_core.guards.policy import GuardPolicy
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.ai_provider import Models
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.budget import Scope
from tamma_core.ports.clock import Clock, Entropy
from tamma_core.ports.coding_agent import CodingAgent
from tamma_core.ports.effects import Effects
from tamma_core.ports.git_platform import Forges, GitPlatform, IssueSource
from tamma_core.ports.journal import AppendCondition, Journal, Lease, Query, QueryItem
from tamma_core.ports.tape import read
from tamma_core.ports.task_log import Level, TaskLog
from tamma_core.sandbox.account import Account
from tamma_core.verification.runner import Verifier
from tamma_core.workspace.workspace import Workspace
from tamma_core.workspace.workspaces import Workspaces

STOPS = frozenset({"task_cancelled", "task_paused"})


class Ports(Record, frozen=True, kw_only=True):
    """Hold everything that the engine needs of the world."""

    journal: Journal
    effects: Effects
    log: TaskLog
    blobs: Blobs
    clock: Clock
    entropy: Entropy
    forges: Forges
    models: Models
    agent: Callable[[Sequence[Scope]], CodingAgent]
    workspaces: Workspaces
    verifier: Callable[[Workspace], Verifier]
    stop_file: Path | None
    """Where a person can say stop to all work of this machine."""
    read_policy: Callable[[str, bytes], Rules]
    """Read the policy file of a repository by its name and content; raises `UserError`."""
    guard: GuardPolicy = field(default_factory=GuardPolicy)


class Done(Record, frozen=True):
    """The step is complete; these events say so."""

    events: tuple[Event, ...]


class Wait(Record, frozen=True, kw_only=True):
    """Something outside must happen first; look again after `poll_s`, give up after `timeout_s`."""

    wait_for: WaitFor
    reason: str
    poll_s: float
    timeout_s: float | None = None


class Retry(Record, frozen=True, kw_only=True):
    """Something failed in passing; try again after `after_s` or a growing delay."""

    reason: str
    hint: str = ""
    after_s: float | None = None


class Escalate(Record, frozen=True, kw_only=True):
    """A person is needed; the hint says what that person can do."""

    reason: str
    hint: str


class Fail(Record, frozen=True, kw_only=True):
    """Nothing more can be done."""

    reason: str
    hint: str


StepResult = Done | Wait | Retry | Escalate | Fail


class StepContext:
    """Give a step the task's state and the world; what it records is folded in at once."""

    def __init__(self, ports: Ports, lease: Callable[[], Lease], state: TaskState) -> None:
        self.ports = ports
        self.state = state
        self._lease = lease
        self._workspace: Workspace | None = None
        self._comments: Sequence[Comment] | None = None
        self._writers: dict[str, bool] = {}
        self.account = Account()
        self._redactor = Redactor(ports.guard.known_secrets)

    @property
    def lease(self) -> Lease:
        """Answer the lease as last renewed."""
        return self._lease()

    @property
    def now(self) -> datetime:
        """Answer the time of day in UTC."""
        return self.ports.clock.now()

    async def record(self, *events: Event, blobs: Sequence[bytes] = ()) -> None:
        """Journal events of this step with their blobs; raise `ConditionFailed` when a person stopped the task meanwhile.

        What commands took since the last time is journaled with them.
        """
        events = masked((*events, *self._commands()), self.mask)
        condition = AppendCondition(self._stop_query(), after=self.state.position)
        position = await self.ports.journal.append(self.lease, events, condition, blobs=blobs)
        self.absorb(position, events)

    def _commands(self) -> Iterator[Event]:
        step, used = self.state.step, read("commands", self._taken, Consumption | None)
        if used is not None and step is not None:
            yield CommandsRun(step=step, used=used)

    def _taken(self) -> Consumption | None:
        return self.account.take() or None

    def _stop_query(self) -> Query:
        return Query((QueryItem(types=STOPS, tags=frozenset({f"task:{self.state.task.id}"})),))

    def absorb(self, position: Position, events: Sequence[Event]) -> None:
        """Fold journaled events into the state."""
        at, epoch = self.now, self.lease.epoch
        recorded = [
            Recorded(position=position, task=self.state.task.id, epoch=epoch, at=at, event=event) for event in events
        ]
        self.state = fold(recorded, self.state)

    async def perform(self, effect: Effect) -> Outcome:
        """Have an effect done once, and know its outcome in the state; nothing is done for a stopped task.

        What was intended before under this key stays what is done.
        """
        known = self.state.effects.get(effect.key)
        effect = masked(effect, self.mask) if known is None else known.effect
        if known is not None and known.outcome is not None:
            return known.outcome
        if await self.ports.journal.query(self._stop_query(), after=self.state.position):
            raise ConditionFailed(f"task {self.state.task.id} was stopped by a person")
        # How the task stands is also said of one that stops, or waits for the morning: it notifies nobody.
        if isinstance(effect, ShowStatus):
            await check_file(self.ports.stop_file)
        else:
            await self.check()
        outcome = await self.ports.effects.perform(self.lease, effect)
        await self._read_on()
        if self.state.status.ended or self.state.status is TaskStatus.PAUSED:
            raise ConditionFailed(f"task {self.state.task.id} was stopped by a person")
        return outcome

    async def _read_on(self) -> None:
        fresh = await self.ports.journal.read(self.state.task.id, after=self.state.position)
        self.state = fold(fresh, self.state)

    async def comments(self) -> Sequence[Comment]:
        """List the comments of the task's issue, read once in a step."""
        if self._comments is None:
            issue = self.state.task.issue
            self._comments = () if issue is None else await (await self.issue_source()).list_issue_comments(issue)
        return self._comments

    async def may_write(self, account: str) -> bool:
        """Tell whether an account may write to the repository, asked once in a step."""
        if account not in self._writers:
            permission = await (await self.platform()).get_permission(self.state.task.repository, account)
            self._writers[account] = permission.may_write
        return self._writers[account]

    async def hear_anew(self) -> None:
        """Read what people say, and who may say it, once more: before what cannot be taken back."""
        self._comments = None
        self._writers.clear()
        await self._read_on()

    async def check(self) -> None:
        """Raise `SaidStop` when a person said so, `NotNow` in quiet hours: asked before each effect and each call."""
        check_hours(self.state, self.now)
        await self.check_people()

    async def check_people(self) -> None:
        """Raise `SaidStop` when a person says stop, on this machine or on the forge."""
        await check_file(self.ports.stop_file)
        # The first step only reads, and says itself what is wrong with the issue.
        if self.state.selected is not None:
            issues = None if self.state.task.issue is None else await self.issue_source()
            await check_forge(self.state, await self.platform(), issues)

    async def refuse(self, step: StepName, reason: str, hint: str, *, reselect: bool = False) -> "Escalate":
        """Refuse what an agent handed in; when a person lets the task go on, the step asks afresh."""
        await self.record(ResultRefused(step=step, reason=reason, reselect=reselect))
        return Escalate(reason=reason, hint=hint)

    def accepted(self, step: StepName, reason: str) -> bool:
        """Tell whether the last resume lifted a park of this step for just this reason."""
        lifted = self.state.lifted
        return lifted is not None and (lifted.step, lifted.reason) == (step, reason)

    async def say(self, text: str, *, level: Level = "info") -> None:
        """Tell those who watch the task, on one line: text of others begins no line of its own."""
        step = self.state.step
        line = shown(" ".join(self.mask(text).split()))
        await self.ports.log.append(self.state.task.id, line, level=level, step=step.value if step else "")

    def mask(self, text: str) -> str:
        """Take the secrets that we know out of text before it is stored, shown or sent."""
        return self._redactor.mask(text)

    def guard(self) -> GuardPolicy:
        """Answer what the diff guard demands of a change in the task's repository."""
        return self.ports.guard.under(self.state.settings.rules)

    async def platform(self) -> GitPlatform:
        """Answer the forge of the task's repository."""
        return await self.ports.forges.platform(self.state.task.repository.forge)

    async def issue_source(self) -> IssueSource:
        """Answer the tracker of the task's issue."""
        if self.state.task.issue is None:
            raise Defect(f"task {self.state.task.id} has no issue")
        return await self.ports.forges.issues(self.state.task.issue.source)

    async def workspace(self) -> Workspace:
        """Open the task's directories, or find them again."""
        if self._workspace is None:
            platform = await self.platform()
            remote = await platform.git_remote(self.state.task.repository)
            self._workspace = await self.ports.workspaces.open(self.state.task.id, remote)
        return self._workspace

    async def close(self) -> None:
        """Let go of the workspace; the next step finds it again."""
        if self._workspace is not None:
            await self._workspace.close(remove=False)
            self._workspace = None

    async def tree(self) -> TestedTree:
        """Answer the agent's tree with the tests that will judge it."""
        workspace = await self.workspace()
        settings = verification_settings(self.state.settings)
        verifier = self.ports.verifier(workspace)
        return TestedTree(workspace.agent(), verifier, self.state.base_sha, settings, self.note_networks)

    async def note_networks(self, verifier: Verifier) -> None:
        """Journal what the set-up of dependencies did with its network since the last time."""
        step = self.state.step
        used = (
            []
            if step is None
            else [NetworkUsed(step=step, network=use.network, traffic=use.traffic) for use in verifier.take_used()]
        )
        if used:
            await self.record(*used)

    def in_s(self, seconds: float) -> datetime:
        """Answer the time that many seconds from now."""
        return self.now + timedelta(seconds=seconds)


Step = Callable[[StepContext], Awaitable[StepResult]]
