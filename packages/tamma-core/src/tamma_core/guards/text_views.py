"""Look at a text as somebody would who wants to read a secret out of it: in small letters, without what lies between."""

import re
from bisect import bisect_right
from functools import cached_property
from unicodedata import normalize

from tamma_core.guards.gram_index import Span

# Prefixes of hex digits, then all but letters and digits, then letters and marks that nobody sees.
_NOISE = re.compile(
    r"\\x|\\u00|&#x|\b0x(?=[0-9a-f]{2}\b)|"
    r"(?:(?!\\x|\\u00|&#x)[^0-9A-Za-z\xa1-\U000dffff])+|"
    r"[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0]+"
)
# The same for a text that holds no prefix and nothing outside of ASCII, which most are: a tenth of the time.
_PREFIXES = ("\\x", "\\u00", "&#x", "0x")
_STYLED = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff]")
_PLAIN_NOISE = {code: None for code in range(128) if not chr(code).isalnum()}


def folded(text: str) -> str:
    """Write text without regard to capitals, width and style, one character for each, so that places stay the same."""
    if not text.isascii():
        text = _STYLED.sub(lambda found: normalize("NFKC", found[0]), text)
    small = text.casefold()
    if len(small) != len(text):
        small = "".join(fold if len(fold := char.casefold()) == 1 else char for char in text)
    return small.replace("\N{LATIN SMALL LETTER DOTLESS I}", "i")


class Squeezed:
    """Hold a text without white space, marks and prefixes, and find places in the original again."""

    def __init__(self, text: str) -> None:
        self._original = text
        plain = text.isascii() and not any(prefix in text for prefix in _PREFIXES)
        self.text = text.translate(_PLAIN_NOISE) if plain else _NOISE.sub("", text)

    def span(self, start: int, end: int) -> Span:
        """Answer from where to where a stretch of the squeezed text is in the original."""
        return self._place(start), self._place(end - 1) + 1

    def _place(self, at: int) -> int:
        run = bisect_right(self._runs, at) - 1
        return self._starts[run] + at - self._runs[run]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _NOISE.finditer(self._original))]

    @cached_property
    def _runs(self) -> list[int]:
        """Where what follows each piece of noise begins in the squeezed text."""
        runs, taken = [0], 0
        for match in _NOISE.finditer(self._original):
            taken += match.end() - match.start()
            runs.append(match.end() - taken)
        return runs
