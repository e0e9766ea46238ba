"""Read fields of a forge's JSON: strict about what is needed, blind to the rest."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tamma_core.domain.errors import Unavailable


def _misfit(what: str, problem: str) -> Unavailable:
    return Unavailable(f"{what}: {problem}", hint="is this address a forge of the configured kind and a known version?")


class Fields:
    """Hold one JSON object; each reader raises `Unavailable` when the field does not fit."""

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, Mapping):
            raise _misfit(what, "not an object")
        self._value: Mapping[str, object] = value
        self.what = what

    @property
    def value(self) -> Mapping[str, object]:
        """Answer the object as it came."""
        return self._value

    def text(self, key: str) -> str:
        """Answer a string that must be there and not be empty."""
        value = self._value.get(key)
        if not isinstance(value, str) or not value:
            raise _misfit(self.what, f"no text `{key}`")
        return value

    def text_or(self, key: str, default: str = "") -> str:
        """Answer a string, or the default for anything else."""
        value = self._value.get(key)
        return value if isinstance(value, str) else default

    def number(self, key: str) -> int:
        """Answer a whole number that must be there."""
        value = self._value.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _misfit(self.what, f"no number `{key}`")
        return value

    def number_or(self, key: str, default: int = 0) -> int:
        """Answer a whole number, or the default for anything else."""
        value = self._value.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Answer a truth value, or the default for anything else."""
        value = self._value.get(key)
        return value if isinstance(value, bool) else default

    def moment(self, key: str) -> datetime | None:
        """Answer a time in UTC, or none where it is missing, unreadable or the zero of Go."""
        value = self._value.get(key)
        if not isinstance(value, str):
            return None
        try:
            read = datetime.fromisoformat(value)
            read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return read if read.year > 1 else None

    def fields(self, key: str) -> "Fields":
        """Answer an object that must be there."""
        return Fields(self._value.get(key), f"{self.what}.{key}")

    def fields_or_none(self, key: str) -> "Fields | None":
        """Answer an object, or none for anything else."""
        value = self._value.get(key)
        return Fields(value, f"{self.what}.{key}") if isinstance(value, Mapping) else None

    def listed(self, key: str) -> "Sequence[Fields]":
        """Answer a list of objects; null and a missing field are an empty list."""
        value = self._value.get(key)
        return () if value is None else read_list(value, f"{self.what}.{key}")

    def raw_list(self, key: str) -> list[object]:
        """Answer a list as it came; null and a missing field are an empty list."""
        value = self._value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise _misfit(self.what, f"`{key}` is not a list")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Answer the strings of a list; null and a missing field are an empty list."""
        value = self._value.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise _misfit(self.what, f"`{key}` is not a list")
        return tuple(item for item in value if isinstance(item, str))


def read_list(value: object, what: str) -> list[Fields]:
    """Read a list of objects; raise `Unavailable` when it is something else."""
    if not isinstance(value, list):
        raise _misfit(what, "not a list")
    return [Fields(item, f"{what}[{index}]") for index, item in enumerate(value)]
