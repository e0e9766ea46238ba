"""Turn records into JSON and back, strictly: an unknown word is an error, never dropped."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tamma_core.domain.errors import Defect


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # a union of dataclasses has no type of its own to name
    return TypeAdapter(kind)


def adapter(kind: Any) -> TypeAdapter[Any]:
    """Answer the validator of a type, built once: building one costs more than a hundred uses."""
    return _adapter(kind)


def to_json(kind: Any, value: object) -> bytes:
    """Write a value of a record type, or of a closed union of them, as JSON."""
    return adapter(kind).dump_json(value)


def from_json(kind: Any, data: bytes | str) -> Any:
    """Read a record; raise `Defect` naming what does not fit."""
    try:
        return adapter(kind).validate_json(data, extra="forbid")
    except ValidationError as error:
        raise Defect(
            f"stored record does not fit this version: {error.error_count()} problem(s), first at "
            f"{'.'.join(map(str, error.errors()[0]['loc']))}",
            hint="it was written by another version of Tamma; run that version, or upgrade",
        ) from error
