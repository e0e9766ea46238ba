"""Cut what programs print to what matters, and take out what would play tricks on a screen."""

import re

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_LONGEST_NAME = 300
_TELLING = re.compile(
    r"^\s*E\s|\b\w*(?:Error|Exception|Failure)\b|\bassert|[Ee]xpected|[Aa]ctual|panic:|FAIL|!=|not equal|error:|^\[ERROR\] \S",
    re.MULTILINE,
)


def plain(text: str) -> str:
    """Take out terminal sequences, control characters and what reorders text; keep tabs and line ends."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def one_line(text: str) -> str:
    """Make a name of a text: one line, bounded."""
    return " ".join(plain(text[: 4 * _LONGEST_NAME]).split())[:_LONGEST_NAME]


def short_message(text: str, limit: int = 1500) -> str:
    """Keep the lines that tell what went wrong, and the last ones, within a number of characters."""
    clean = plain(text[:200_000]).strip("\n")
    if len(clean) <= limit:
        return clean
    lines = [line.rstrip()[:300] for line in clean.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)][:20]
    last = [line for line in lines[-5:] if line not in telling]
    return middle_cut("\n".join([*telling, *last] or lines), limit)


def middle_cut(text: str, limit: int) -> str:
    """Keep beginning and end of a long text, and say how much is missing."""
    if len(text) <= limit:
        return text
    head, tail = limit * 2 // 3, limit // 3
    return f"{text[:head]}\n… {len(text) - head - tail} characters left out …\n{text[-tail:]}"
