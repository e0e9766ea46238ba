"""Move tasks: claim, fold, one step, journal, release. Nothing is held between two calls that cannot be read again."""

import asyncio
import errno
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from tamma_core.domain.errors import (
    AuthenticationFailed,
    ConditionFailed,
    Conflict,
    ContextOverflow,
    Defect,
    LeaseHeld,
    LeaseLost,
    NeedsHuman,
    NotNow,
    Retryable,
    SaidStop,
    UserError,
)
from tamma_core.domain.events import StepStarted, TaskFailed, TaskParked, WaitFor, WaitStarted
from tamma_core.domain.ids import TaskId
from tamma_core.domain.state import TaskState, fold
from tamma_core.domain.task import ENGINE_VERSION, SCHEMA_VERSION, StepName, TaskStatus
from tamma_core.engine.approval import plan_turned_down
from tamma_core.engine.locked_out import locked_out
from tamma_core.engine.next_step import next_step
from tamma_core.engine.repository_policy import know_policy
from tamma_core.engine.status import show_result, show_work
from tamma_core.engine.step import STOPS, Done, Escalate, Fail, Ports, Retry, StepContext, StepResult, Wait
from tamma_core.engine.steps import STEPS
from tamma_core.engine.takeover import yield_to_people
from tamma_core.ports.journal import Lease
from tamma_core.sandbox.account import counted

_log = logging.getLogger(__name__)
LEASE_S = 30.0
"""A lease is renewed each third of its time, and given up when two thirds passed without."""
MOST_RETRIES = 8
LOOK = "see `tamma tasks logs`, then `tamma resume`"
MOST_LOSSES = 2
"""How often in a row a lease may be lost, as by a machine that slept, before somebody else is believed to work."""
LONGEST_DELAY_S = 300.0


class Engine:
    """The only way in which a task makes progress is `advance`."""

    def __init__(self, ports: Ports, *, owner: str, lease_s: float = LEASE_S) -> None:
        self._ports = ports
        self._owner = owner
        self._lease_s = lease_s
        self._read: TaskState | None = None

    async def state(self, task: TaskId) -> TaskState:
        """Fold a task's journal; what was folded by the last call is not read again, since it never changes."""
        known = self._read if self._read is not None and self._read.task.id == task else None
        fresh = await self._ports.journal.read(task, after=None if known is None else known.position)
        self._read = fold(fresh, known)
        return self._read

    async def advance(self, task: TaskId) -> TaskState:
        """Do at most one step of a task and answer its state.

        Raises `LeaseLost` when somebody else works on it. A task that waits, is paused or has ended
        is left as it is.
        """
        lease = await self._ports.journal.claim(task, owner=self._owner, ttl_s=self._lease_s)
        held = _Held(self._ports, lease, self._lease_s)
        wake_after: float | None = None
        try:
            state = await self.state(task)
            if not _may_move(state):
                return state
            ctx = StepContext(self._ports, held.lease, state)
            unknown = _unknown_version(state)
            if unknown is not None:
                await ctx.record(unknown)
                return ctx.state
            try:
                async with held.beating(partial(_check_on_people, ctx)):
                    state, wake_after = await self._step(ctx)
            except ConditionFailed:
                state = await self.state(task)
            return state
        finally:
            wake_at = None if wake_after is None else self._ports.clock.now() + timedelta(seconds=wake_after)
            await held.release(wake_at)

    async def _step(self, ctx: StepContext) -> tuple[TaskState, float | None]:
        state = ctx.state
        step = next_step(state)
        fresh = not (state.status is TaskStatus.WAITING and state.step is step)
        if fresh:
            await ctx.record(StepStarted(step=step, attempt=state.attempts))
        try:
            with counted(ctx.account):
                await yield_to_people(ctx)
                result = await know_policy(ctx, step) or await self._work(ctx, step, fresh=fresh)
        except Retryable as error:
            result = Retry(reason=error.message, hint=error.hint, after_s=error.retry_after_s)
        except (LeaseLost, ConditionFailed):
            raise
        except NotNow as error:
            left = (error.until - ctx.now).total_seconds()
            result = Wait(
                wait_for=WaitFor.QUIET_HOURS, reason=error.message, poll_s=min(max(left, 1.0), LONGEST_DELAY_S)
            )
        except AuthenticationFailed as error:
            result = await locked_out(ctx, error, LOOK)
        except (NeedsHuman, UserError, Conflict, ContextOverflow, Defect) as error:
            result = Escalate(reason=error.message, hint=error.hint or LOOK)
        except OSError as error:
            await _tell(ctx, error)
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            hint = "make room on the disk" if full else LOOK
            result = Retry(reason=f"this machine refused: {error.strerror or type(error).__name__}", hint=hint)
        except Exception as error:  # noqa: BLE001 - the boundary of a step: whatever it is, the task is parked, not lost
            await _tell(ctx, error)
            result = Escalate(reason=f"a defect of Tamma: {type(error).__name__} in {step}", hint=f"report it; {LOOK}")
        finally:
            await ctx.close()
        return await self._conclude(ctx, step, result)

    async def _work(self, ctx: StepContext, step: StepName, *, fresh: bool) -> StepResult:
        await ctx.check_people()
        waits = ctx.state.wait
        # Who only looks whether a question was answered disturbs nobody at night.
        if fresh or (waits is not None and waits.wait_for in {WaitFor.QUIET_HOURS, WaitFor.RETRY}):
            await ctx.check()
            await show_work(ctx, step)
        # What is merged can no longer be turned down.
        stop = await plan_turned_down(ctx) if ctx.state.merged is None else None
        return stop or await STEPS[step](ctx)

    async def _conclude(self, ctx: StepContext, step: StepName, result: StepResult) -> tuple[TaskState, float | None]:
        """Journal what a step answered."""
        match result:
            case Done():
                await show_result(ctx, result)
                await ctx.record(*result.events)
                return ctx.state, 0.0
            case Wait():
                return await self._wait(ctx, step, result)
            case Retry():
                return await self._put_off(ctx, step, result)
            case Escalate():
                await show_result(ctx, result)
                await ctx.record(TaskParked(step=step, reason=result.reason, hint=result.hint))
                await ctx.say(f"parked: {result.reason}", level="warning")
                return ctx.state, None
            case Fail():
                await show_result(ctx, result)
                await ctx.record(TaskFailed(step=step, reason=result.reason, hint=result.hint))
                await ctx.say(f"failed: {result.reason}", level="error")
                return ctx.state, None

    async def _wait(self, ctx: StepContext, step: StepName, wait: Wait) -> tuple[TaskState, float | None]:
        """Wait without growing the journal: only a new reason is a new event."""
        present = ctx.state.wait
        known = present is not None and (present.step, present.reason) == (step, wait.reason)
        if known and present is not None and present.deadline is not None and ctx.now >= present.deadline:
            late = Escalate(reason=f"waited too long: {wait.reason}", hint="`tamma resume` waits again")
            return await self._conclude(ctx, step, late)
        if not known:
            await show_result(ctx, wait)
            deadline = None if wait.timeout_s is None else ctx.in_s(wait.timeout_s)
            if present is not None and present.wait_for is WaitFor.RETRY:
                # A wait that a failure broke goes on, and does not begin anew.
                deadline = _deadline_of(present, step) or deadline
            until = ctx.in_s(wait.poll_s)
            await ctx.record(
                WaitStarted(step=step, wait_for=wait.wait_for, reason=wait.reason, until=until, deadline=deadline)
            )
            await ctx.say(f"waiting: {wait.reason}")
        return ctx.state, wait.poll_s

    async def _put_off(self, ctx: StepContext, step: StepName, retry: Retry) -> tuple[TaskState, float | None]:
        """Try again later, a bounded number of times."""
        if ctx.state.retries >= MOST_RETRIES:
            hint = retry.hint or "`tamma resume` tries again"
            gave_up = Escalate(reason=f"gave up after {MOST_RETRIES + 1} tries: {retry.reason}", hint=hint)
            return await self._conclude(ctx, step, gave_up)
        delay = min(LONGEST_DELAY_S, 2.0**ctx.state.retries * (1 + self._ports.entropy.jitter()))
        delay = max(delay, min(retry.after_s or 0.0, LONGEST_DELAY_S))
        await ctx.say(f"{retry.reason}; trying again in {delay:.0f} s", level="warning")
        until, deadline = ctx.in_s(delay), _deadline_of(ctx.state.wait, step)
        await ctx.record(
            WaitStarted(step=step, wait_for=WaitFor.RETRY, reason=retry.reason, until=until, deadline=deadline)
        )
        return ctx.state, delay


class _Held:
    """A lease, renewed while a step runs."""

    def __init__(self, ports: Ports, lease: Lease, lease_s: float) -> None:
        self._ports = ports
        self._lease = lease
        self._lease_s = lease_s

    def lease(self) -> Lease:
        return self._lease

    @asynccontextmanager
    async def beating(self, check: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Renew the lease in the background; when that fails too long, end the step before others take over."""
        step = asyncio.current_task()
        if step is None:
            raise Defect("a step runs in a task")
        lost: list[Conflict] = []
        # When the beat looks at the clock is chance, so it does so out of the step's tape's hearing.
        beat = asyncio.create_task(self._beat(step, lost, check), context=Context())
        try:
            yield
        except asyncio.CancelledError:
            if not lost:
                raise
            step.uncancel()
            raise lost[0] from None
        finally:
            beat.cancel()

    async def _beat(
        self, step: "asyncio.Task[object]", lost: list[Conflict], check: Callable[[], Awaitable[None]]
    ) -> None:
        clock = self._ports.clock
        renewed = clock.monotonic()
        while True:
            await clock.sleep(self._lease_s / 3)
            try:
                self._lease = await self._ports.journal.renew(self._lease, ttl_s=self._lease_s)
                renewed = clock.monotonic()
                await self._check_stopped()
                await self._look(check)
            except (LeaseLost, ConditionFailed) as error:
                lost.append(error)
            except Exception as error:  # noqa: BLE001 -- an adapter's, too: a beat that ends unseen lets others take over
                if clock.monotonic() - renewed >= 2 * self._lease_s / 3:
                    lost.append(LeaseLost(f"the lease of task {self._lease.task} could not be renewed: {error}"))
            if lost:
                step.cancel()
                return

    async def _look(self, check: Callable[[], Awaitable[None]]) -> None:
        """Raise `ConditionFailed` when a person says stop or pushes: the next claim finds it first, and parks the task."""
        try:
            async with asyncio.timeout(self._lease_s / 6):
                await check()
        except (SaidStop, NeedsHuman) as error:
            raise ConditionFailed(error.message) from error
        except TimeoutError:
            return  # the next action asks again, and does not go on without an answer

    async def _check_stopped(self) -> None:
        """Raise `ConditionFailed` when the last word of a person is to stop."""
        task = self._lease.task
        gestures = await self._ports.journal.read(task, types=STOPS | {"task_resumed"})
        if gestures and gestures[-1].event.type in STOPS:
            raise ConditionFailed(f"task {task} was stopped by a person")

    async def release(self, wake_at: datetime | None) -> None:
        try:
            await self._ports.journal.release(self._lease, wake_at=wake_at)
        except LeaseLost:
            return


async def _tell(ctx: StepContext, error: Exception) -> None:
    """Say where and in which words something unexpected failed, to this machine alone: both may name what is no one else's."""
    _log.debug("task %s failed unexpectedly", ctx.state.task.id, exc_info=error)
    *_, last = traceback.extract_tb(error.__traceback__)
    await ctx.say(f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})", level="error")


async def _check_on_people(ctx: StepContext) -> None:
    await ctx.check_people()
    await yield_to_people(ctx)


def _deadline_of(wait: WaitStarted | None, step: StepName) -> datetime | None:
    return wait.deadline if wait is not None and wait.step is step else None


def _may_move(state: TaskState) -> bool:
    return not (state.status.ended or state.status is TaskStatus.PAUSED)


def _unknown_version(state: TaskState) -> TaskParked | None:
    task = state.task
    if task.schema_version <= SCHEMA_VERSION and task.engine_version <= ENGINE_VERSION:
        return None
    return TaskParked(
        step=state.step or StepName.SELECT,
        reason=f"the task was made by a newer Tamma (schema {task.schema_version}, engine {task.engine_version})",
        hint="upgrade this Tamma, then `tamma resume`",
    )


async def drive(
    engine: Engine,
    task: TaskId,
    ports: Ports,
    *,
    detach: bool = False,
    on_state: Callable[[TaskState], Awaitable[None]] | None = None,
) -> TaskState:
    """Advance a task until it ends, is paused or, with `detach`, waits; sleep while it waits otherwise.

    `on_state` sees the state after each step, and may signal what a person decides.
    """
    losses = 0
    while True:
        try:
            state = await engine.advance(task)
            losses = 0
        except LeaseLost as error:
            losses += 1
            if losses > MOST_LOSSES:
                raise
            await _outwait(ports, task, error)
            continue
        if on_state is not None:
            await on_state(state)
            state = await engine.state(task)
        if state.status.ended or state.status is TaskStatus.PAUSED:
            return state
        if state.status is TaskStatus.WAITING:
            if detach:
                return state
            await _until_due(ports, state)


async def _outwait(ports: Ports, task: TaskId, error: LeaseLost) -> None:
    """Wait until a lease ends: a holder that died does not renew it, one that lives does, and then we are told again."""
    await ports.log.append(task, f"{error.message}; trying again", level="warning")
    if isinstance(error, LeaseHeld):
        await ports.clock.sleep(max(0.0, (error.until - ports.clock.now()).total_seconds()) + 0.05)


async def _until_due(ports: Ports, state: TaskState) -> None:
    wait = state.wait
    if wait is None:
        return
    left = (wait.until - ports.clock.now()).total_seconds()
    poll = state.settings.poll_s
    # A clock that was set back would make it a matter of hours.
    await ports.clock.sleep(min(left, max(poll, LONGEST_DELAY_S)) if left > 0 else poll)
