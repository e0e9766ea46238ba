"""What the agent was told and did, read back from the journal."""

from collections.abc import Iterator
from typing import assert_never

from tamma_core.codec import from_json
from tamma_core.domain.agent import (
    AgentEvent,
    AgentFinished,
    ContextCompacted,
    FeedbackGiven,
    ModelAnswered,
    ModelAsked,
    ToolFinished,
)
from tamma_core.domain.events import TurnRecorded
from tamma_core.domain.ids import TaskId
from tamma_core.domain.messages import Block, Text, Thinking, ToolCall, ToolResult
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.journal import Journal

Turn = tuple[TurnRecorded, AgentEvent]


async def read_turns(journal: Journal, blobs: Blobs, task: TaskId) -> list[Turn]:
    """Read all reports of a task in order."""
    recorded = await journal.read(task, types=frozenset({"turn_recorded"}))
    turns = [item.event for item in recorded if isinstance(item.event, TurnRecorded)]
    return [(turn, from_json(AgentEvent, await blobs.get(turn.report))) for turn in turns]


def readable(turns: list[Turn]) -> Iterator[str]:
    """Write the reports for people, with a heading where a step or an attempt begins."""
    present = None
    for turn, report in turns:
        place = (turn.step, turn.attempt)
        if place != present:
            present = place
            yield f"\n=== {turn.step.value}, attempt {turn.attempt} ==="
        yield from _lines(turn.number, report)


def _lines(number: int, report: AgentEvent) -> Iterator[str]:
    match report:
        case ModelAnswered():
            yield f"\n[{number}] {report.model}: {_used(report)}"
            yield from filter(None, map(_said, report.message.blocks))
        case ModelAsked():
            how = f"{report.status}{'' if report.complete else ', broke off'}"
            yield f"\n[{number}] {report.model or 'refused by the gateway'} ({how}): {_used(report)}"
            same = report.request.same_before + report.request.same_after
            yield f"→ {f'[{same:,} characters as before] ' if same else ''}{report.request.new}"
            yield f"← {report.answer}"
        case ToolFinished():
            mark = "✗" if report.is_error else "←"
            yield f"[{number}] {mark} {report.name} ({report.seconds:.1f} s)\n{report.content}"
        case FeedbackGiven():
            yield f"[{number}] told ({report.reason.replace('_', ' ')}): {report.text}"
        case ContextCompacted():
            yield f"[{number}] history {report.method}{f': {report.summary}' if report.summary else ''}"
        case AgentFinished():
            yield f"[{number}] finished: {report.reason.value} {report.detail}"
            for key, value in (report.result or {}).items():
                yield f"  {key}: {value}"
        case _:
            assert_never(report)


def _said(block: Block) -> str:
    match block:
        case Text() | Thinking():
            return block.text
        case ToolCall():
            return f"→ {block.name} {_arguments(block)}"
        case ToolResult():
            return ""
    assert_never(block)


def _used(report: ModelAnswered | ModelAsked) -> str:
    cost = "unknown price" if report.cost_usd is None else f"{report.cost_usd:.4f} USD"
    usage = report.usage
    return f"{usage.input_tokens:,} in ({usage.cache_read_tokens:,} cached), {usage.output_tokens:,} out, {cost}"


def _arguments(call: ToolCall) -> str:
    return "\n".join(f"{key}={value}" for key, value in call.arguments.items())
