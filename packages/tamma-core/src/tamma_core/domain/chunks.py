"""The parts of a streamed answer: a closed union, ended by exactly one `End` or one raised error."""

from decimal import Decimal
from typing import Literal

from tamma_core.domain.ids import CallId
from tamma_core.domain.messages import Message, ToolCall
from tamma_core.domain.record import Record
from tamma_core.domain.usage import Usage

StopReason = Literal[
    "end_turn", "tool_calls", "max_output_tokens", "context_window", "refusal", "content_filter", "pause"
]


class Start(Record, frozen=True):
    """The model began to answer."""

    response_id: str
    model: str


class TextDelta(Record, frozen=True):
    """More text of the block."""

    block: int
    delta: str


class ThinkingDelta(Record, frozen=True):
    """More reasoning of the block."""

    block: int
    delta: str


class ToolStart(Record, frozen=True):
    """A tool call began."""

    block: int
    id: CallId
    name: str


class ToolDelta(Record, frozen=True):
    """More of a tool call's arguments, as JSON text."""

    block: int
    delta: str


class ToolEnd(Record, frozen=True):
    """A tool call is complete, its arguments parsed or found wanting."""

    block: int
    call: ToolCall


class UsageSnapshot(Record, frozen=True):
    """What was used so far, cumulative."""

    usage: Usage


class End(Record, frozen=True):
    """The whole answer: the message to send back as history, what it used and what it cost.

    `cost_usd` is none when the price is unknown. `lost_answers` began before this one and were lost before their first
    word; what they cost is in neither.
    """

    message: Message
    stop_reason: StopReason
    raw_stop_reason: str
    usage: Usage
    cost_usd: Decimal | None
    model: str
    lost_answers: int = 0


Chunk = Start | TextDelta | ThinkingDelta | ToolStart | ToolDelta | ToolEnd | UsageSnapshot | End
