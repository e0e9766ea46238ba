"""Take secrets out of every text of a record, and leave the record in its shape."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

Record = TypeVar("Record")


def masked(record: Record, mask: Callable[[str], str]) -> Record:
    """Answer the record, or list or mapping of records, with each text masked; enums and numbers stay."""
    found: Record = _masked(record, mask)
    return found


def _masked(value: Any, mask: Callable[[str], str]) -> Any:  # any field of any record
    if type(value) is str:
        return mask(value)
    if isinstance(value, tuple | list):
        return type(value)(_masked(item, mask) for item in value)
    if isinstance(value, dict):
        return {_masked(key, mask): _masked(item, mask) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        present = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        changed = {name: _masked(item, mask) for name, item in present.items()}
        return value if changed == present else replace(value, **changed)
    return value
