"""Characters that nobody sees, or that reorder or move what is seen: taken out, or shown as escapes."""

import re
from collections.abc import Callable

# Controls but line feed and tab; joiners, fillers and blanks without width; direction marks; private characters;
# half surrogates; variation selectors and tags, which carry whole hidden sentences.
_RUN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]+"
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]{0,60}m")
_JOINERS = frozenset({"\u200c", "\u200d", "\ufe0e", "\ufe0f", "\ufe0f\u200d"})


def visible(text: str) -> str:
    """Drop what nobody sees; a joiner within a word of a script or a picture that needs it stays."""
    return _RUN.sub(_written(lambda _: ""), text)


def shown(text: str) -> str:
    """Write what nobody sees as escapes, so that it can neither hide, move, colour nor reorder anything."""
    return _RUN.sub(_written(escaped), text)


def plain_output(text: str) -> str:
    """Write the output of a program: its colours dropped, its line ends one kind, the rest of what hides shown."""
    return shown(_COLOUR.sub("", text).replace("\r\n", "\n"))


def escaped(text: str) -> str:
    """Write each character as an escape."""
    return text.encode("unicode_escape", "surrogatepass").decode("ascii")


def _written(write: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        run = match[0]
        return run if run in _JOINERS and _joins(match.string, match.start(), match.end()) else write(run)

    return replace


def _joins(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if text[end - 1] in "\ufe0e\ufe0f":
        return before > "\xa0" or before in frozenset("0123456789#*")
    return before > "\xa0" and after > "\xa0"
