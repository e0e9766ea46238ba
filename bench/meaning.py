"""Compare requests by what they say, markers of the cache and ways of writing the same text left out."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from tamma_core.domain.messages import JsonObject


def plain(asked: JsonObject) -> JsonObject:
    """Write each tool's result as a block with one text, however the caller wrote it; its marker becomes the block's."""
    messages: Any = asked["messages"]
    return {**asked, "messages": [{**message, "content": _blocks(message["content"])} for message in messages]}


def changed(requests: Sequence[JsonObject]) -> int:
    """Count the requests whose history does not begin with the one before."""
    histories = [_unmarked(plain(asked)["messages"]) for asked in requests]
    return sum(later[: len(earlier)] != earlier for earlier, later in pairwise(histories))


def _blocks(content: Any) -> list[Any]:
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return [_lifted(part) for part in parts]


def _lifted(part: dict[str, Any]) -> dict[str, Any]:
    inner = part.get("content")
    if not (isinstance(inner, list) and len(inner) == 1 and inner[0].get("type") == "text"):
        return part
    marker = {"cache_control": inner[0]["cache_control"]} if "cache_control" in inner[0] else {}
    return {**part, "content": inner[0]["text"], **marker}


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unmarked(item) for key, item in value.items() if key != "cache_control"}
    return [_unmarked(item) for item in value] if isinstance(value, list) else value
