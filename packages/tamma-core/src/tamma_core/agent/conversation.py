"""The history that a model is sent: a fold of the agent's reports, so that a resumed run sends the same bytes."""

from collections.abc import Iterable

from msgspec.structs import replace

from tamma_core.agent.text import marked
from tamma_core.domain.agent import (
    AgentEvent,
    AgentFinished,
    ContextCompacted,
    FeedbackGiven,
    ModelAnswered,
    ModelAsked,
    ToolFinished,
)
from tamma_core.domain.ids import CallId
from tamma_core.domain.messages import Block, Message, Text, ToolCall, ToolResult, user

_CHARS_PER_TOKEN = 3
_WORTH_MASKING = 400
MASKED = "[output of {size:,} characters removed to save room; run the tool again if it is needed]"


class Conversation:
    """Grow the history of one agent by its reports; between compactions it is only ever appended to."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._messages: list[Message] = []
        self._characters = 0
        self._unsent: list[Block] = []
        self._open: dict[CallId, ToolCall] = {}
        self.call_ids: set[CallId] = set()
        """The ids of all tool calls so far."""
        self._append(user(task))

    @property
    def messages(self) -> tuple[Message, ...]:
        """List the messages of the next request."""
        if not self._unsent:
            return tuple(self._messages)
        return (*self._messages, Message("user", tuple(self._unsent)))

    @property
    def open_calls(self) -> tuple[ToolCall, ...]:
        """List the tool calls that have no result yet."""
        return tuple(self._open.values())

    def add(self, event: AgentEvent) -> None:
        """Take one report into the history."""
        match event:
            case ModelAnswered():
                self._flush()
                self._append(event.message)
                self._open = {call.id: call for call in event.message.tool_calls}
                self.call_ids.update(self._open)
            case ToolFinished():
                self._open.pop(event.call_id, None)
                self._unsent.append(ToolResult(event.call_id, marked("output", event.content), event.is_error))
            case FeedbackGiven():
                self._unsent.append(Text(event.text))
            case ContextCompacted(method="masked"):
                self._mask(event.upto)
            case ContextCompacted():
                self._rewrite([user(f"{self._task}\n\n{event.summary}")])
                self._unsent, self._open = [], {}
            case AgentFinished():
                self._unsent = []
            case ModelAsked():
                pass  # of another agent, whose history is its own

    def estimate_tokens(self) -> int:
        """Estimate the size of the history in tokens, rather too high than too low."""
        return (self._characters + _size(self._unsent)) // _CHARS_PER_TOKEN

    def maskable(self, keep_recent: int) -> tuple[int, int]:
        """Answer up to which message old tool output can be masked, and how many tokens that frees."""
        upto = max(0, len(self._messages) - keep_recent)
        freed = sum(
            len(block.content)
            for message in self._messages[:upto]
            for block in message.blocks
            if _is_maskable(block) and isinstance(block, ToolResult)
        )
        return upto, freed // _CHARS_PER_TOKEN

    def _mask(self, upto: int) -> None:
        masked = [replace(old, blocks=tuple(map(_masked, old.blocks))) for old in self._messages[:upto]]
        self._rewrite([*masked, *self._messages[upto:]])

    def _flush(self) -> None:
        if self._unsent:
            self._append(Message("user", tuple(self._unsent)))
            self._unsent = []

    def _rewrite(self, messages: Iterable[Message]) -> None:
        self._messages, self._characters = [], 0
        for message in messages:
            self._append(message)

    def _append(self, message: Message) -> None:
        self._messages.append(message)
        self._characters += _size(message.blocks)


def _size(blocks: Iterable[Block]) -> int:
    """Count characters."""
    return sum(map(_characters, blocks))


def _characters(block: Block) -> int:
    match block:
        case ToolResult():
            return len(block.content)
        case ToolCall():
            return len(block.name) + len(block.raw_arguments or str(block.arguments))
        case _:
            return len(block.text)


def _is_maskable(block: Block) -> bool:
    return isinstance(block, ToolResult) and len(block.content) > _WORTH_MASKING and not block.is_error


def _masked(block: Block) -> Block:
    if isinstance(block, ToolResult) and _is_maskable(block):
        return replace(block, content=MASKED.format(size=len(block.content)))
    return block
