"""What a coding agent is told and what it reports: each report is a line of the task's journal."""

from decimal import Decimal
from enum import StrEnum
from typing import Literal

from msgspec import field

from tamma_core.domain.ids import CallId
from tamma_core.domain.messages import JsonObject, Message
from tamma_core.domain.record import Record, Tagged
from tamma_core.domain.sent import Sent
from tamma_core.domain.usage import Usage


class AgentRole(StrEnum):
    """Name what a model is wanted for; configuration maps roles to providers."""

    ANALYSE = "analyse"
    PLAN = "plan"
    IMPLEMENT = "implement"
    REVIEW = "review"


class Brief(Record, frozen=True, kw_only=True):
    """Tell an agent its task.

    `system` and `task` are ours; quoted text of other people inside them is marked as data.
    `result` is the record type that the agent hands in when it is done; its JSON Schema is shown to the model.
    `writable` tells whether it may change files. `reminder` is repeated to the model now and then.
    """

    role: AgentRole
    system: str
    task: str
    result: type[object]
    writable: bool
    reminder: str = ""


class FinishReason(StrEnum):
    """Name why an agent stopped."""

    DONE = "done"
    STEP_LIMIT = "step_limit"
    COST_LIMIT = "cost_limit"
    TOKEN_LIMIT = "token_limit"  # noqa: S105 - the name of a limit, not a secret
    TIME_LIMIT = "time_limit"
    FORMAT_ERRORS = "format_errors"
    STUCK = "stuck"
    CONTEXT_FULL = "context_full"
    REFUSED = "refused"


class ModelAnswered(Tagged, frozen=True, kw_only=True):
    """The model's message, what it used and cost."""

    message: Message
    model: str
    usage: Usage
    cost_usd: Decimal | None
    stop_reason: str


class ModelAsked(Tagged, frozen=True, kw_only=True):
    """An agent with a loop of its own asked a model through the gateway; secrets are masked, and very long texts cut.

    `model` is empty where the gateway refused and asked nobody. `status` is what the agent was answered, 0 where it left before that.
    """

    model: str
    status: int
    request: Sent
    answer: str
    complete: bool
    """Whether the answer came to its end; what one that broke off cost is not known."""
    usage: Usage
    cost_usd: Decimal | None


class ToolFinished(Tagged, frozen=True, kw_only=True):
    """One tool call ran; `content` is exactly what the model is shown, between marks of data."""

    call_id: CallId
    name: str
    content: str
    is_error: bool
    seconds: float


class FeedbackGiven(Tagged, frozen=True, kw_only=True):
    """The loop told the model something: a format error, a nudge, a restart."""

    text: str
    reason: Literal["format_error", "nudge", "restart", "reminder"]


class ContextCompacted(Tagged, frozen=True, kw_only=True):
    """Old tool output was masked up to a message, or history was replaced by a summary."""

    method: Literal["masked", "summarised"]
    upto: int
    summary: str = ""
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal | None = Decimal(0)


class AgentFinished(Tagged, frozen=True, kw_only=True):
    """The agent stopped; `result` is what it handed in, none unless the reason is `done`."""

    reason: FinishReason
    result: JsonObject | None
    detail: str = ""


AgentEvent = ModelAnswered | ModelAsked | ToolFinished | FeedbackGiven | ContextCompacted | AgentFinished
