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
    ToolFinished,
)
from tamma_core.domain.events import TurnRecorded
from tamma_core.domain.ids import TaskId
from tamma_core.domain.messages import Text, Thinking, ToolCall
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
            cost = "unknown price" if report.cost_usd is None else f"{report.cost_usd:.4f} USD"
            usage = report.usage
            yield f"\n[{number}] {report.model}: {usage.input_tokens:,} in ({usage.cache_read_tokens:,} cached), {usage.output_tokens:,} out, {cost}"
            for block in report.message.blocks:
                match block:
                    case Text() | Thinking() if block.text:
                        yield block.text
                    case ToolCall():
                        yield f"→ {block.name} {_arguments(block)}"
                    case _:
                        pass
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


def _arguments(call: ToolCall) -> str:
    return "\n".join(f"{key}={value}" for key, value in call.arguments.items())
