"""Write request bodies as bytes: a message that was sent before is not written again."""

import json
from collections.abc import Callable, Iterable, Sequence

from tamma_core.domain.errors import ConfigError
from tamma_core.domain.messages import JsonObject, Message

MessageWriter = Callable[[Message], Iterable[JsonObject]]


class WrittenMessages:
    """Keep the last request's messages as they were written: the next one mostly repeats them."""

    def __init__(self, write: MessageWriter) -> None:
        self._write = write
        self._last: dict[int, tuple[Message, list[bytes]]] = {}

    def pieces(self, messages: Sequence[Message]) -> list[bytes]:
        """Answer each message's JSON; a dialect may need none for a message, or several."""
        self._last = {id(message): (message, self._written(message)) for message in messages}
        return [piece for message in messages for piece in self._last[id(message)][1]]

    def _written(self, message: Message) -> list[bytes]:
        known = self._last.get(id(message))
        if known is not None and known[0] is message:
            return known[1]
        return [to_bytes(one) for one in self._write(message)]


def with_messages(fields: JsonObject, pieces: Sequence[bytes]) -> bytes:
    """Write a body of these fields, the messages last: it extends the body before it."""
    if "messages" in fields:
        raise ConfigError("`options.body` sets `messages`", hint="leave them out: they are the task's own")
    return b'%b,"messages":[%b]}' % (to_bytes(fields)[:-1], b",".join(pieces))


def to_bytes(value: JsonObject) -> bytes:
    """Write JSON in UTF-8; half a surrogate pair, which no server takes, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
