"""What servers of the OpenAI dialect do differently, as data."""

from functools import cache
from typing import Literal

from tamma_core.domain.errors import ConfigError
from tamma_core.domain.record import Record

from tamma_providers.catalogue import read_data


class Dialect(Record, frozen=True, kw_only=True):
    """Describe one kind of server; the fields are explained in `data/dialects.toml`."""

    name: str
    base_url: str
    usage: Literal["asked", "always", "never"]
    max_tokens: str
    reasoning: tuple[str, ...]
    reasoning_back: bool
    tool_choice: bool
    forced_tool: str
    window_hint: str
    truncates: bool
    cost: str
    key: bool


@cache
def find_dialect(name: str) -> Dialect:
    """Look a dialect up by its name."""
    table = read_data("dialects.toml")
    if name not in table:
        raise ConfigError(
            f"the OpenAI dialect `{name}` is not known",
            hint=f"set the provider's option `dialect` to one of: {', '.join(sorted(table))}",
        )
    row = dict(table[name])
    return Dialect(name=name, **{**row, "reasoning": tuple(row["reasoning"])})


def dialect_names() -> tuple[str, ...]:
    """List the known dialects."""
    return tuple(read_data("dialects.toml"))
