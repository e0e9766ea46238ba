"""Text that goes into prompts: cut, cleaned, and marked as data when other people wrote it."""

import re
import unicodedata

_HTML_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]\[]{0,500}\]\([^)\n]{0,2000}\)")
_KEPT_CONTROLS = frozenset("\n\t")
_NOT_IN_A_NAME = re.compile(r"[^\w.@ +-]")
_INVISIBLE = frozenset({"Cf", "Cc", "Co", "Cs"})


def cut_middle(text: str, limit: int) -> str:
    """Keep the beginning and the end of a long text, and say how many characters are missing between."""
    if len(text) <= limit:
        return text
    half = limit // 2
    elided = len(text) - 2 * half
    return f"{text[:half]}\n[… {elided:,} characters left out; narrow the command to see them …]\n{text[-half:]}"


def visible(text: str) -> str:
    """Drop characters that a person does not see: controls, direction marks, zero-width and private ones."""
    return "".join(char for char in text if char in _KEPT_CONTROLS or unicodedata.category(char) not in _INVISIBLE)


def quote(kind: str, text: str, *, author: str = "", limit: int = 30_000) -> str:
    """Mark text of other people as data, without what hides in it; it cannot close its own quotation."""
    shown = visible(_IMAGE.sub("[image]", _HTML_COMMENT.sub("", cut_middle(text, 2 * limit))))
    shown = re.sub(f"</(?={kind})", r"<\/", cut_middle(shown, limit), flags=re.IGNORECASE)
    by = f' author="{_NOT_IN_A_NAME.sub("", author)[:60]}"' if author else ""
    return f"<{kind}{by}>\n{shown}\n</{kind}>"
