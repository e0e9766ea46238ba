"""Text of others on a terminal: whatever could move the cursor, colour, hide or reorder is shown as an escape."""

import unicodedata

_DANGEROUS = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def safe(text: str, *, kept: str = "\n\t") -> str:
    """Write text so that a terminal can only show it."""
    return "".join(
        char if char in kept or unicodedata.category(char) not in _DANGEROUS else _escape(char) for char in text
    )


def one_line(text: str, limit: int = 200) -> str:
    """Write the text on one line, cut at a limit."""
    line = safe(" ".join(text.split()), kept="")
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
