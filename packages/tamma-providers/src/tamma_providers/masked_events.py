"""Known secrets taken out of a stream of events, in which one may lie in pieces."""

import json
from collections.abc import Callable, Iterator
from typing import Any

_DATA = "data:"
_Path = tuple[object, ...]
_Place = tuple[Any, Any]
"""A list or an object of JSON, and the place of a text in it."""


def masked_events(text: str, mask: Callable[[str], str]) -> str:
    """Mask what the events say in turn at one place, put together; a text without secrets stays as it is."""
    lines = text.split("\n")
    events = {number: value for number, line in enumerate(lines) if (value := _json(line)) is not None}
    places: dict[_Path, list[_Place]] = {}
    for event in events.values():
        for path, place in _texts(event):
            places.setdefault(path, []).append(place)
    rest = [line for number, line in enumerate(lines) if number not in events]
    everything = "\n".join([*map(_whole, places.values()), *rest])
    if mask(everything) == everything:  # most answers hold no secret, and one look is cheaper than many
        return text
    changed = [_mask_together(found, mask) for found in places.values()]
    if any(changed):
        for number, event in events.items():
            lines[number] = f"{_DATA} {json.dumps(event, ensure_ascii=False)}"
    return "\n".join(line if number in events else mask(line) for number, line in enumerate(lines))


def _json(line: str) -> Any:
    if not line.startswith(_DATA):
        return None
    try:
        value = json.loads(line.removeprefix(_DATA))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _texts(value: Any) -> Iterator[tuple[_Path, _Place]]:
    """Yield each text with its place; entries of a list that are numbered are told apart by their number."""
    waiting: list[tuple[Any, _Path]] = [(value, ())]
    while waiting:
        holder, path = waiting.pop()
        if isinstance(holder, dict):
            path = (*path, _number(holder))
        inner = []
        for key, item in holder.items() if isinstance(holder, dict) else enumerate(holder):
            below = (*path, key if isinstance(holder, dict) else "")
            if isinstance(item, str):
                yield below, (holder, key)
            elif isinstance(item, dict | list):
                inner.append((item, below))
        waiting += reversed(inner)


def _number(holder: dict[str, Any]) -> object:
    index = holder.get("index")
    return None if isinstance(index, dict | list) else index


def _mask_together(places: list[_Place], mask: Callable[[str], str]) -> bool:
    whole = _whole(places)
    masked = mask(whole)
    if masked == whole:
        return False
    for number, (holder, key) in enumerate(places):
        holder[key] = masked if number == 0 else ""
    return True


def _whole(places: list[_Place]) -> str:
    texts = [holder[key] for holder, key in places]
    # A name that every event repeats is no text in pieces.
    return texts[0] if len(set(texts)) == 1 else "".join(texts)
