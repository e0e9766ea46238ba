"""Secrets taken out of JSON so that it stays JSON."""

import json
from collections.abc import Callable
from typing import Any


class Withheld(Exception):
    """A text holds a secret that cannot be taken out of it."""


def masked_json(text: str, mask: Callable[[str], str]) -> str:
    """Mask each string of a JSON text, also in JSON within strings; raise `Withheld` when a secret is left."""
    if mask(text) == text:
        return text
    cleaned = json.dumps(_masked(json.loads(text), mask), ensure_ascii=False)
    if mask(cleaned) != cleaned:
        raise Withheld
    return cleaned


def _masked(value: Any, mask: Callable[[str], str]) -> Any:  # JSON in, JSON out
    if isinstance(value, dict):
        return {mask(key): _masked(item, mask) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, mask) for item in value]
    if not isinstance(value, str) or mask(value) == value:
        return value
    if value.lstrip()[:1] in {"{", "["}:
        try:
            return json.dumps(_masked(json.loads(value), mask), ensure_ascii=False)
        except ValueError:
            pass
    return mask(value)
