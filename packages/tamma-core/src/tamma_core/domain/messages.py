"""Messages to and from models, in one vendor-neutral form."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from msgspec import field

from tamma_core.domain.ids import CallId
from tamma_core.domain.record import Record, Tagged

if TYPE_CHECKING:
    JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
else:
    JsonValue = Any  # nothing has to be checked of what any JSON document may hold
JsonObject = dict[str, JsonValue]


class Text(Tagged, frozen=True):
    """Hold plain text."""

    text: str


class Thinking(Tagged, frozen=True):
    """Hold a model's reasoning; `opaque` goes back to the same provider unchanged and to no other."""

    text: str
    provider: str
    opaque: JsonObject = field(default_factory=dict)


class ToolCall(Tagged, frozen=True):
    """Hold a model's wish to run a tool; `error` is set when its arguments could not be read."""

    id: CallId
    name: str
    arguments: JsonObject
    error: str | None = None
    raw_arguments: str = ""


class ToolResult(Tagged, frozen=True):
    """Hold what a tool gave back."""

    call_id: CallId
    content: str
    is_error: bool = False


Block = Text | Thinking | ToolCall | ToolResult
Role = Literal["user", "assistant"]


class Message(Record, frozen=True):
    """Hold one turn; tool results travel in messages of the user."""

    role: Role
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """Join the plain text of this message."""
        return "".join(block.text for block in self.blocks if isinstance(block, Text))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """List the tool calls of this message in order."""
        return tuple(block for block in self.blocks if isinstance(block, ToolCall))


def user(text: str) -> Message:
    """Make a message of the user with plain text."""
    return Message("user", (Text(text),))


class Tool(Record, frozen=True):
    """Describe a tool to a model; `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: JsonObject


ToolChoice = Literal["auto", "any", "none"]


class MessageRequest(Record, frozen=True, kw_only=True):
    """Ask a model; the prefix of earlier requests is kept byte for byte so that caches hit.

    `cache_prefix` marks system prompt, tools and the messages so far as worth caching.
    """

    messages: tuple[Message, ...]
    model: str
    system_prompt: str = ""
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = "auto"
    max_output_tokens: int = 8192
    temperature: float | None = None
    cache_prefix: bool = True
    timeout_s: float = 600.0
    metadata: Mapping[str, str] = field(default_factory=dict)
