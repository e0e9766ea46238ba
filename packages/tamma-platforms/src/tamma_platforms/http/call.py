"""One request to a forge and its answer, as data that adapters build and read without I/O."""

import json
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from msgspec import field
from tamma_core.domain.errors import Unavailable
from tamma_core.domain.record import Record

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
_SUCCESSES = range(200, 300)
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class Call(Record, frozen=True, kw_only=True):
    """Describe a request; `path` is quoted already and lies below the API's address."""

    method: Method
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    accept: str = "application/json"
    means: Callable[[int, bytes], bool] | None = None
    """Tells by status and body whether a server error is an answer: then nobody asks again, and the host counts as well."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Answer(Record, frozen=True, kw_only=True):
    """Hold a whole answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def succeeded(self) -> bool:
        """Tell whether the forge did what was asked."""
        return self.status in _SUCCESSES

    def json(self) -> object:
        """Read the body; raise `Unavailable` when it is not JSON."""
        try:
            value: object = json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise Unavailable(
                f"the answer ({self.status}, {len(self.content)} bytes) is not JSON",
                hint="check the base URL; a proxy may have answered in the forge's place",
            ) from error
        return value

    def message(self) -> str:
        """Answer what the forge says went wrong, shortened; empty if it does not say."""
        try:
            value: object = json.loads(self.content)
        except (ValueError, RecursionError):
            return ""
        text = value.get("message") if isinstance(value, dict) else None
        return text[:500] if isinstance(text, str) else ""
