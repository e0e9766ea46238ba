"""Take secrets out of every text of a record, and leave the record in its shape."""

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from tamma_core.domain.record import Record

Masked = TypeVar("Masked")


def masked(record: Masked, mask: Callable[[str], str]) -> Masked:
    """Answer the record, or list or mapping of records, with each text masked; enums and numbers stay."""
    found: Masked = _masked(record, mask)
    return found


def _masked(value: Any, mask: Callable[[str], str]) -> Any:  # any field of any record
    if type(value) is str:
        return mask(value)
    if isinstance(value, tuple | list):
        return type(value)(_masked(item, mask) for item in value)
    if isinstance(value, dict):
        return {_masked(key, mask): _masked(item, mask) for key, item in value.items()}
    if isinstance(value, Record):
        present = {name: getattr(value, name) for name in value.__struct_fields__}
        changed = {name: _masked(item, mask) for name, item in present.items()}
        return value if changed == present else replace(value, **changed)
    return value
