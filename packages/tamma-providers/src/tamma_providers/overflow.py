"""Tell a context overflow from other refusals, by a table of what servers say."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from tamma_core.domain.record import Record

from tamma_providers.catalogue import read_data


class OverflowRow(Record, frozen=True):
    """Hold what one kind of server says; empty fields match anything."""

    server: str
    status: int | None
    code: str
    pattern: re.Pattern[str] | None
    example: Mapping[str, Any]

    def matches(self, status: int | None, codes: tuple[str, ...], message: str) -> bool:
        """Tell whether an error is this overflow."""
        if self.status is not None and self.status != status:
            return False
        if self.code and self.code not in codes:
            return False
        return self.pattern is None or self.pattern.search(message) is not None


@cache
def overflow_rows() -> tuple[OverflowRow, ...]:
    """Read the table."""
    return tuple(
        OverflowRow(
            row["server"],
            row.get("status"),
            row.get("code", ""),
            re.compile(row["pattern"], re.IGNORECASE) if "pattern" in row else None,
            row["example"],
        )
        for row in read_data("overflow.toml")["row"]
    )


def is_overflow(status: int | None, codes: tuple[str, ...], message: str) -> bool:
    """Tell whether a server said that the request does not fit the model's window."""
    return any(row.matches(status, codes, message) for row in overflow_rows())
