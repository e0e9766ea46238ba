"""Turn records into JSON and back, strictly: an unknown word is an error, never dropped."""

from functools import cache
from typing import Any

from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder, Encoder

from tamma_core.domain.errors import Defect

_ENCODER = Encoder()


@cache
def _decoder(kind: Any) -> Decoder[Any]:  # a union of records has no type of its own to name
    return Decoder(kind)


def to_json(value: object) -> bytes:
    """Write a record as JSON."""
    return _ENCODER.encode(value)


def from_json(kind: Any, data: bytes | str) -> Any:
    """Read a record of a type, or of a closed union of them; raise `Defect` naming what does not fit."""
    try:
        return _decoder(kind).decode(data)
    except (ValidationError, DecodeError, UnicodeDecodeError) as error:
        raise Defect(
            f"stored record does not fit this version: {error}",
            hint="it was written by another version of Tamma; run that version, or upgrade",
        ) from error
