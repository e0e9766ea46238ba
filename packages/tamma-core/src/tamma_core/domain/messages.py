"""Messages to and from models, in one vendor-neutral form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Discriminator, JsonValue

from tamma_core.domain.ids import CallId

JsonObject = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Text:
    """Hold plain text."""

    text: str
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Thinking:
    """Hold a model's reasoning; `opaque` goes back to the same provider unchanged and to no other."""

    text: str
    provider: str
    opaque: JsonObject = field(default_factory=dict)
    type: Literal["thinking"] = "thinking"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Hold a model's wish to run a tool; `error` is set when its arguments could not be read."""

    id: CallId
    name: str
    arguments: JsonObject
    error: str | None = None
    raw_arguments: str = ""
    type: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """Hold what a tool gave back."""

    call_id: CallId
    content: str
    is_error: bool = False
    type: Literal["tool_result"] = "tool_result"


Block = Annotated[Text | Thinking | ToolCall | ToolResult, Discriminator("type")]
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
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


@dataclass(frozen=True, slots=True)
class Tool:
    """Describe a tool to a model; `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: JsonObject


ToolChoice = Literal["auto", "any", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRequest:
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
