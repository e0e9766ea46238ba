"""Run an agent on a task's workspace, every report journaled before the next is asked for."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from decimal import Decimal
from typing import TypeVar, assert_never

from msgspec import convert
from msgspec.structs import replace

from tamma_core.agent.prompts import GO_ON
from tamma_core.agent.unseen import visible
from tamma_core.codec import from_json, to_json
from tamma_core.domain.agent import (
    AgentEvent,
    AgentFinished,
    Brief,
    ContextCompacted,
    FeedbackGiven,
    FinishReason,
    ModelAnswered,
    ModelAsked,
    ToolFinished,
)
from tamma_core.domain.events import ResultRefused, TaskResumed, TurnRecorded
from tamma_core.domain.masked_record import masked
from tamma_core.domain.task import Limits, StepName
from tamma_core.domain.usage import Usage
from tamma_core.engine.step import Escalate, StepContext
from tamma_core.engine.takeover import yield_to_people
from tamma_core.ports.blobs import name_of
from tamma_core.ports.budget import Scope, day_scope, task_scope
from tamma_core.ports.coding_agent import AgentWorkspace

Result = TypeVar("Result")

_MORE = {
    FinishReason.STEP_LIMIT: "raise `limits.steps`",
    FinishReason.COST_LIMIT: "raise the budget",
    FinishReason.TOKEN_LIMIT: "raise the token limit",
    FinishReason.TIME_LIMIT: "raise the time limit",
}


def scopes(ctx: StepContext) -> Sequence[Scope]:
    """Name the caps that a call of this task counts against."""
    limits = ctx.state.settings.limits
    return (
        task_scope(ctx.state.task.id, cap_usd=limits.cost_usd, cap_tokens=limits.tokens),
        day_scope(ctx.now.date(), cap_usd=None),
    )


async def transcript(ctx: StepContext, step: StepName, attempt: int) -> Sequence[AgentEvent]:
    """Read back the reports of a step's attempt, from after the last result of it that was refused."""
    types = frozenset({"turn_recorded", "result_refused"})
    reports: list[AgentEvent] = []
    for item in await ctx.ports.journal.read(ctx.state.task.id, types=types):
        turn = item.event
        if isinstance(turn, ResultRefused) and turn.step is step:
            reports = []
        if isinstance(turn, TurnRecorded) and turn.step is step and turn.attempt == attempt:
            reports.append(from_json(AgentEvent, await ctx.ports.blobs.get(turn.report)))
    return reports


async def run_agent(
    ctx: StepContext, step: StepName, brief: Brief, workspace: AgentWorkspace, *, attempt: int
) -> AgentFinished:
    """Run an agent to its end, going on after whatever of this attempt is journaled."""
    done = list(await transcript(ctx, step, attempt))
    number = len(done)
    if done and isinstance(done[-1], AgentFinished):
        if done[-1].reason is FinishReason.DONE or not await _let_go_on(ctx):
            return done[-1]
        number += 1
        done.append(FeedbackGiven(text=GO_ON, reason="restart"))
        await _record(ctx, step, attempt, number, done[-1])
    # A stop that a person lifted is no end any more.
    done = [report for report in done if not isinstance(report, AgentFinished)]
    agent = ctx.ports.agent(scopes(ctx))
    finished: AgentFinished | None = None
    async with aclosing(agent.run(brief, workspace, _left(ctx, done), done)) as reports:
        await ctx.check()
        async for report in reports:
            number += 1
            await _record(ctx, step, attempt, number, report)
            await yield_to_people(ctx)
            if isinstance(report, AgentFinished):
                finished = report
            elif not (isinstance(report, ModelAnswered) and report.message.tool_calls):
                await ctx.check()
    if finished is None:
        finished = AgentFinished(reason=FinishReason.STUCK, result=None, detail="the agent ended without a word")
    return finished


def read_result(kind: type[Result], finished: AgentFinished) -> Result | Escalate:
    """Read what an agent handed in, or say why there is nothing."""
    if finished.reason is FinishReason.DONE:
        return masked(convert(finished.result, kind), visible)
    return Escalate(
        reason=f"the agent stopped: {finished.reason.value.replace('_', ' ')} ({finished.detail})",
        hint=f"{_MORE.get(finished.reason, 'see `tamma tasks show --transcript`')}, then `tamma resume`",
    )


async def _let_go_on(ctx: StepContext) -> bool:
    """Tell whether a person let the task go on after the agent's last report."""
    types = frozenset({"turn_recorded", "task_resumed"})
    recorded = await ctx.ports.journal.read(ctx.state.task.id, types=types)
    return bool(recorded) and isinstance(recorded[-1].event, TaskResumed)


def _left(ctx: StepContext, done: Sequence[AgentEvent]) -> Limits:
    """Take off a task's limits what earlier steps and attempts have used; this run counts its own reports itself."""
    limits = ctx.state.settings.limits
    own = [report for report in done if isinstance(report, ModelAnswered | ModelAsked | ContextCompacted)]
    earlier_usd = ctx.state.cost_usd - sum((report.cost_usd or Decimal(0) for report in own), Decimal(0))
    earlier_tokens = ctx.state.usage.total_tokens - sum(report.usage.total_tokens for report in own)
    cost = None if limits.cost_usd is None else max(Decimal(0), limits.cost_usd - earlier_usd)
    tokens = None if limits.tokens is None else max(0, limits.tokens - earlier_tokens)
    return replace(limits, cost_usd=cost, tokens=tokens)


async def _record(ctx: StepContext, step: StepName, attempt: int, number: int, report: AgentEvent) -> None:
    usage = Usage()
    cost: Decimal | None = Decimal(0)
    if isinstance(report, ModelAnswered | ModelAsked | ContextCompacted):
        usage, cost = report.usage, report.cost_usd
    data = to_json(report)
    turn = TurnRecorded(
        step=step,
        attempt=attempt,
        number=number,
        kind=report.type,
        report=name_of(data),
        usage=usage,
        cost_usd=cost,
    )
    text = describe(report)
    # Asked for together, the event and its line share one commit, and so one wait for the disk.
    await asyncio.gather(ctx.record(turn, blobs=(data,)), *([ctx.say(text)] if text else []))


def describe(report: AgentEvent) -> str:
    """Write a report as one line for those who watch."""
    match report:
        case ModelAnswered():
            calls = ", ".join(_call(call.name, call.arguments) for call in report.message.tool_calls)
            said = " ".join(report.message.text.split())[:160]
            return f"{said} → {calls}" if said and calls else said or calls
        case ModelAsked():
            return f"{report.model or 'the gateway'} answered {report.status}{'' if report.complete else ', and broke off'}"
        case ToolFinished():
            lines = [line for line in report.content.splitlines() if line.strip()] or [""]
            # A command's end tells how it went; everything else says the main thing first.
            return f"{report.name}: {lines[-1 if report.name == 'bash' else 0].strip()[:120]}"
        case FeedbackGiven():
            return f"{report.reason.replace('_', ' ')}: {report.text.splitlines()[0][:120]}"
        case ContextCompacted():
            return f"history {report.method} to make room"
        case AgentFinished():
            return "" if report.reason is FinishReason.DONE else f"agent stopped: {report.reason} {report.detail}"
    assert_never(report)


def _call(name: str, arguments: object) -> str:
    shown = ""
    if isinstance(arguments, dict):
        shown = str(next(iter(arguments.values()), ""))
    return f"{name}({' '.join(shown.split())[:80]})"
