"""What a rehearsed model answers: an answer, or one of the ways in which real servers fail."""

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import field
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record


class AskedTool(Record, frozen=True, kw_only=True):
    """Call a tool; `raw` replaces the arguments by text that need not be JSON, `unfit` says that the call is to be no good."""

    name: str
    arguments: JsonObject = field(default_factory=dict)
    raw: str | None = None
    id: str = ""
    unfit: bool = False


class Answer(Record, frozen=True, kw_only=True):
    """Answer with thinking, text and calls; `stop` and token counts are worked out where they are none.

    `piece_chars` is the length of a delta; `piece_bytes` splits the stream at any byte, also inside characters.
    """

    text: str = ""
    thinking: str = ""
    tools: tuple[AskedTool, ...] = ()
    stop: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    piece_chars: int = 24
    piece_bytes: int = 0
    newline: str = "\n"


class HttpFailure(Record, frozen=True, kw_only=True):
    """Refuse with a status; a body that is text goes out as HTML."""

    status: int
    body: JsonObject | str
    headers: Mapping[str, str] = field(default_factory=dict)


class Broken(Record, frozen=True, kw_only=True):
    """Begin to answer and then fail after so many events.

    `how`: `error` sends `body` as an error event, `clean` ends the response as if all were said, `abrupt` drops
    the connection, `stall` sends nothing more until the caller leaves.
    """

    how: Literal["error", "clean", "abrupt", "stall"]
    after_events: int = 0
    answer: Answer = field(default_factory=lambda: Answer(text="So far, so good. " * 8))
    body: JsonObject = field(default_factory=dict)


Reply = Answer | HttpFailure | Broken
Respond = Callable[[JsonObject], Reply]


def in_turn(*replies: Reply) -> Respond:
    """Answer with each reply once, and from then on with the last."""
    left = list(replies)
    return lambda _request: left.pop(0) if len(left) > 1 else left[0]
