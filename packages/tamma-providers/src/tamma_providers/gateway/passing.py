"""Write on what is passed: requests with secrets taken out, answers event by event with their usage counted."""

import json
from collections.abc import Callable

from tamma_core.domain.messages import JsonObject, JsonValue

Mask = Callable[[str], str]


def masked(value: JsonValue, mask: Mask) -> JsonValue:
    """Take secrets out of every text of a JSON value; keys are texts too."""
    match value:
        case str():
            return mask(value)
        case list():
            return [masked(item, mask) for item in value]
        case dict():
            return {mask(name): masked(item, mask) for name, item in value.items()}
        case _:
            return value


def written(body: JsonObject) -> bytes:
    """Write a body so that what was judged is what is sent, byte for byte the same for the same request; half characters are none."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def event_text(name: str, data: str) -> bytes:
    """Write one server-sent event."""
    lines = [f"event: {name}"] if name and name != "message" else []
    return "\n".join([*lines, *(f"data: {line}" for line in data.split("\n"))]).encode() + b"\n\n"
