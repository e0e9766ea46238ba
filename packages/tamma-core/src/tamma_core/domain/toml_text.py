"""Read TOML that strangers wrote."""

import re
import tomllib
from typing import Any

_MOST_PARTS = 50
_LONG_KEY = re.compile(rf"(?:(?:(?<![\w-])[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MOST_PARTS}}}")


def read_toml_text(text: str) -> dict[str, Any]:
    """Parse a TOML document; raise `ValueError` for what is none, is nested too deep, or has a key of more than fifty parts."""
    # Reading a key takes the square of its parts: one of a megabyte would take hours.
    if _LONG_KEY.search(text):
        raise ValueError(f"a key has more than {_MOST_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
