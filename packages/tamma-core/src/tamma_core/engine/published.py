"""Text of models and issues on its way to the forge: it informs people, and commands nobody."""

import re

from tamma_core.agent.text import visible

AUTHOR = "Tamma"
EMAIL = "tamma@users.noreply.localhost"
_NUMBER = re.compile(r"#(?=\d)")
_SKIP = re.compile(r"\[(?=(?:skip|no|ci|actions?|azurepipelines)[ -])", re.IGNORECASE)
_TRAILER = re.compile(r"^(\s*[A-Za-z][A-Za-z-]*-(?:by|checks|for|to|id))\s*:", re.IGNORECASE | re.MULTILINE)
_COMMAND = re.compile(r"^(\s*)/(?=tamma\b)", re.MULTILINE)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_FENCE = re.compile(r"(`{3,}|~{3,})")
CUT = " [… cut]"


def commit_text(text: str, limit: int) -> str:
    """Write text into a commit message: no issue is closed, no CI skipped, nobody named or mentioned by it."""
    shown = _SKIP.sub("(", _NUMBER.sub("no. ", visible(text))).replace("<!--", "<! --")
    return cut(_TRAILER.sub(r"\1 -", shown).replace("@", "(at)"), limit)


def markdown_text(text: str, limit: int) -> str:
    """Write text into a comment or pull request: no image, no markup, no fence that swallows the rest, no mention."""
    shown = _TAG.sub("&lt;", visible(text)).replace("![", "!\\[").replace("@", "@\u2060")
    shown = _COMMAND.sub(r"\1\\/", _TRAILER.sub(r"\1 -", _NUMBER.sub("#\u2060", shown)))
    return cut(_FENCE.sub("'''", shown), limit)


def cut(text: str, limit: int) -> str:
    """Keep the beginning of a long text, and say that it was cut."""
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT
