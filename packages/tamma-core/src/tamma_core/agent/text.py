"""Text that goes into prompts: cut, cleaned, and marked as data when other people or programs wrote it."""

import hashlib
import re
from collections.abc import Callable

from tamma_core.agent.unseen import plain_output, visible

KINDS = ("issue", "task", "comment", "log", "file", "diff", "analysis", "output")
"""What marks are called; the system prompt names them."""
_HTML_COMMENT = re.compile(r"<!--(?:[^-]|-(?!->)){0,60000}(?:-->|\Z)")
_ELEMENT = re.compile(r"<([A-Za-z][A-Za-z0-9-]{0,40})\s[^<>]{0,4000}>")
_IMAGE = re.compile(
    r"!\[[^\]\[]{0,500}\](?:\([^)\n]{0,2000}\)|\[[^\]\[\n]{0,500}\])|<img\b[^<>]{0,4000}>", re.IGNORECASE
)
_TITLE = re.compile(
    r"""(\]\(\s{0,9}[^\s()]{1,2000})\s{1,9}(?:"[^"]{0,2000}"|'[^']{0,2000}'|\([^()]{0,2000}\))\s{0,9}\)"""
)
_DEFINITION = re.compile(
    r"""^[ >*+-]{0,12}\[[^\]\[\n]{1,999}\]:[^\n]{0,4000}(?:\n[ \t]{0,9}(?:"[^"\n]{0,2000}"|'[^'\n]{0,2000}'|\([^()\n]{0,2000}\))[ \t]*$)?""",
    re.MULTILINE,
)
_DRAWN = ("mermaid", "math", "geojson", "topojson", "stl")
_NOT_IN_A_NAME = re.compile(r"[^\w.@ +-]")
_LIKE_A_MARK = re.compile(rf"<(?=/?(?:{'|'.join(KINDS)})-[0-9a-f])", re.IGNORECASE)


def cut_middle(text: str, limit: int) -> str:
    """Keep the beginning and the end of a long text, and say how many characters are missing between."""
    if len(text) <= limit:
        return text
    half = limit // 2
    elided = len(text) - 2 * half
    return f"{text[:half]}\n[… {elided:,} characters left out; narrow the command to see them …]\n{text[-half:]}"


def quote(kind: str, text: str, *, author: str = "", limit: int = 30_000) -> str:
    """Mark Markdown of other people as data, as it is seen on its page: what hides in it is left out."""
    seen = cut_middle(as_seen(visible(cut_middle(text, 2 * limit))), limit)
    seen = re.sub(rf"</(?=\s*{kind}\b)", r"<\/", _LIKE_A_MARK.sub(r"<\\", seen), flags=re.IGNORECASE)
    return marked(kind, seen, author=author)


def quote_exact(kind: str, text: str, *, limit: int) -> str:
    """Mark a program's output or a file as data, to the letter; what nobody would see of it is shown as escapes."""
    return marked(kind, plain_output(cut_middle(text, limit)))


def marked(kind: str, text: str, *, author: str = "") -> str:
    """Put marks round a text that bear a digest of it: no text can hold the digest of itself, and so close its mark."""
    name = f"{kind}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"
    by = f' author="{_NOT_IN_A_NAME.sub("", author)[:60]}"' if author else ""
    return f"<{name}{by}>\n{text}\n</{name}>"


def as_seen(markdown: str) -> str:
    """Leave out what a page does not show: comments, attributes, pictures' texts, titles, definitions, sources of drawings."""
    if not any(sign in markdown for sign in ("<", "![", "](", "]:", *_DRAWN)):
        return markdown
    code, drawn = _code_of(markdown)
    for source in drawn:
        markdown = markdown.replace(source, "[drawing]\n")
    for pattern, write in _HIDING:
        markdown = pattern.sub(_unless_shown(code, write), markdown)
    return markdown


_Write = Callable[[re.Match[str]], str]
_HIDING: tuple[tuple[re.Pattern[str], _Write], ...] = (
    (_HTML_COMMENT, lambda _: ""),
    (_DEFINITION, lambda _: ""),
    (_IMAGE, lambda _: "[image]"),
    (_ELEMENT, lambda match: f"<{match[1]} …>"),
    (_TITLE, lambda match: f"{match[1]})"),
)


def _unless_shown(code: str, write: _Write) -> _Write:
    return lambda match: match[0] if match[0] in code else write(match)


def _code_of(markdown: str) -> tuple[str, list[str]]:
    """Answer all that the page shows as code, and the sources of what it draws."""
    from markdown_it import MarkdownIt

    shown, drawn = [], []
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "fence" and token.info.strip().lower().startswith(_DRAWN):
            drawn.append(token.content)
        elif token.type in {"fence", "code_block"}:
            shown.append(token.content)
        shown += [child.content for child in token.children or () if child.type == "code_inline"]
    return "\0".join(shown), [source for source in drawn if source]
