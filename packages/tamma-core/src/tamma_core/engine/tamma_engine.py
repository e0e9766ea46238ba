"""The engine as a library: each method is one or more journaled steps behind the same gates."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal, TypeVar

from msgspec.structs import replace

from tamma_core.domain.errors import Conflict, InvalidInput, NeedsHuman
from tamma_core.domain.events import (
    CandidateMade,
    CandidateVerified,
    ChangeMerged,
    GatePassed,
    PullRequestOpened,
    TaskPaused,
    TaskResumed,
    WaitFor,
)
from tamma_core.domain.ids import DeliveryId, TaskId
from tamma_core.domain.plan import Analysis, Plan
from tamma_core.domain.record import Record
from tamma_core.domain.repository import Issue, IssueFilters, IssueRef, RepositoryRef
from tamma_core.domain.state import TaskState, fold
from tamma_core.domain.task import StepName, Task, TaskSettings, TaskStatus, Trigger
from tamma_core.engine.engine import Engine, drive
from tamma_core.engine.next_step import next_step
from tamma_core.engine.quarantine import gesture, last_task
from tamma_core.engine.request import selected
from tamma_core.engine.step import Ports
from tamma_core.guards.redaction import Redactor

Mode = Literal["standalone", "service", "web", "worker", "orchestrator"]
Found = TypeVar("Found")


class LaunchContext(Record, frozen=True, kw_only=True):
    """Say how Tamma was started, and hand over everything that it needs of the world."""

    mode: Mode
    repository: RepositoryRef
    issue_source: str
    settings: TaskSettings
    ports: Ports
    owner: str
    requested_by: str = ""
    close: Callable[[], Coroutine[Any, Any, None]] | None = None


def create_engine(context: LaunchContext) -> "TammaEngine":
    """Make the engine; every mode uses this one."""
    return TammaEngine(context)


class TammaEngine:
    """Take one issue after the other to a merged change."""

    def __init__(self, context: LaunchContext) -> None:
        self._context = context
        self._ports = context.ports
        self._engine = Engine(context.ports, owner=context.owner)
        self._task: TaskId | None = None
        self._named: RepositoryRef | None = None

    async def initialize(self) -> None:
        """Check the forge and its token. Idempotent."""
        await self._ports.forges.platform(self._context.repository.forge)

    async def dispose(self) -> None:
        """Give back what the launcher opened. Idempotent."""
        if self._context.close is not None:
            await self._context.close()

    async def select_issue(self, filters: IssueFilters) -> Issue | None:
        """Take up the named or the oldest matching issue; none when there is none.

        An issue that a task has worked on is taken up by its name alone, or after somebody who may write said
        `/tamma retry` in it.
        """
        repository = await self._repository()
        if filters.number is not None:
            self._task = await self.submit(issue=IssueRef(self._context.issue_source, repository, filters.number))
        else:
            source = await self._ports.forges.issues(self._context.issue_source)
            found = await source.list_issues(repository, filters)
            self._task = await self._first_free([issue.ref for issue in found])
        return None if self._task is None else selected(await self._through(StepName.SELECT)).issue

    async def _first_free(self, issues: Sequence[IssueRef]) -> TaskId | None:
        for issue in issues:
            last = await last_task(self._ports, issue)
            if last is None:
                return await self.submit(issue=issue)
            asked = await gesture(self._ports, issue, last)
            if asked is not None and last.status is TaskStatus.PAUSED:
                await self._ports.journal.signal(last.id, [TaskResumed(by=asked.author, comment=asked.id)])
                return last.id
            if asked is not None:
                delivery = DeliveryId(f"retry:{issue}:{asked.id}")
                return await self.submit(issue=issue, trigger=Trigger.COMMENT, delivery=delivery)
        return None

    async def submit(
        self,
        *,
        issue: IssueRef | None = None,
        text: str = "",
        trigger: Trigger = Trigger.CLI,
        delivery: DeliveryId | None = None,
    ) -> TaskId:
        """Journal a new task, secrets in its text masked; raise `AlreadyExists` when an unfinished one works on the issue."""
        repository, token = await self._repository(), self._ports.entropy.token()
        if issue is not None and issue.repository == self._context.repository:
            issue = replace(issue, repository=repository)
        task = Task(
            id=TaskId(token),
            repository=repository,
            trigger=trigger,
            delivery=delivery or DeliveryId(f"{self._context.mode}:{token}"),
            created_at=self._ports.clock.now(),
            issue=issue,
            text=Redactor(self._ports.guard.known_secrets).mask(text),
            requested_by=self._context.requested_by,
            settings=self._context.settings,
        )
        return await self._ports.journal.submit(task)

    async def _repository(self) -> RepositoryRef:
        """Ask the forge how it spells the repository: by another spelling a second task would not be known for one."""
        if self._named is None:
            platform = await self._ports.forges.platform(self._context.repository.forge)
            self._named = (await platform.get_repository(self._context.repository)).ref
        return self._named

    async def analyze_issue(self) -> Analysis:
        """Explore the repository for the selected issue."""
        return _there((await self._through(StepName.ANALYSE)).analysis, "analysis")

    async def generate_plan(self) -> Plan:
        """Make the plan that a person will be asked to approve."""
        return _there((await self._through(StepName.PLAN)).plan, "plan")

    async def create_branch(self) -> str:
        """Name the branch once the plan is approved; raise `NeedsHuman` while it is not."""
        return _there((await self._through(StepName.BRANCH)).branch or None, "branch")

    async def implement_code(self) -> CandidateMade:
        """Have the change made and committed."""
        return _there((await self._through(StepName.IMPLEMENT)).candidate, "candidate")

    async def run_tests(self) -> CandidateVerified:
        """Have the project's tests judge the commit; further attempts included."""
        return _there((await self._through(StepName.VERIFY)).verified, "verification")

    async def create_pull_request(self) -> PullRequestOpened:
        """Review, push and propose the change."""
        return _there((await self._through(StepName.PULL_REQUEST)).pull_request, "pull request")

    async def monitor_pr(self) -> GatePassed:
        """Wait for checks and reviews; raise `NeedsHuman` when the task is parked."""
        return _there((await self._through(StepName.MONITOR)).gate, "gate")

    async def merge_pr(self) -> ChangeMerged:
        """Merge exactly the checked head."""
        return _there((await self._through(StepName.MERGE)).merged, "merge")

    async def execute_plan(self) -> TaskState:
        """Do everything that is left, to the end."""
        return await drive(self._engine, self._current(), self._ports)

    async def get_state(self) -> TaskState:
        """Fold the journal of the current task."""
        return fold(await self._ports.journal.read(self._current()))

    async def pause_execution(self, by: str = "operator") -> None:
        """Hold the task after what it is doing now."""
        await self._ports.journal.signal(self._current(), [TaskPaused(by=by)])

    async def resume_execution(self, by: str = "operator") -> TaskState:
        """Let a paused or parked task go on."""
        await self._ports.journal.signal(self._current(), [TaskResumed(by=by)])
        return await self.get_state()

    async def advance(self, task: TaskId) -> TaskState:
        """Do at most one step of a task."""
        self._task = task
        return await self._engine.advance(task)

    def _current(self) -> TaskId:
        if self._task is None:
            raise InvalidInput("no task is selected", hint="call `select_issue` or `submit` first")
        return self._task

    async def _through(self, step: StepName) -> TaskState:
        """Advance until nothing up to this step is missing."""
        order = list(StepName)
        while True:
            state = await self.get_state()
            if state.status.ended or order.index(next_step(state)) > order.index(step):
                return state
            state = await self._engine.advance(self._current())
            if state.status is TaskStatus.PAUSED:
                reason = state.parked.reason if state.parked else "paused"
                raise NeedsHuman(f"task {state.task.id} is parked: {reason}", hint="`tamma resume` lets it go on")
            if state.wait is not None and state.wait.wait_for is WaitFor.APPROVAL:
                raise NeedsHuman(f"task {state.task.id}: {state.wait.reason}", hint="approve it in the issue, or here")
            if state.status is TaskStatus.WAITING:
                await self._ports.clock.sleep(state.settings.poll_s)


def _there(found: Found | None, what: str) -> Found:
    if found is None:
        raise Conflict(f"there is no {what}: the task ended or was changed meanwhile", hint="look at its state")
    return found
