"""Text of models and issues on its way to the forge: it informs people, and commands nobody."""

import re

from tamma_core.agent.unseen import visible

AUTHOR = "Tamma"
EMAIL = "tamma@users.noreply.localhost"
_JOINER = "\u2060"
"""Not seen, and no part of a name, a number or an address: what it stands in is none any more."""
_REFERENCE = re.compile(r"[#!](?=\d)|(?<=\bGH)-(?=\d)|#(?=[A-Za-z])", re.IGNORECASE)
_SKIP = re.compile(r"\[(?=[^\]\n]{0,40}(?:skip|\bci\b|noci))", re.IGNORECASE)
_NO_CI = re.compile(r"NO_(?=CI)", re.IGNORECASE)
_TRAILER = re.compile(r"^([^\S\n]*[A-Za-z][A-Za-z0-9]{0,40}(?:-[A-Za-z0-9]{1,40}){1,9})\s*:", re.MULTILINE)
# What quotes, lists and bold put before a command leaves it a command to some.
_COMMAND = re.compile(r"^([\s>*+\-\d.)]{0,40})(?=[/!][A-Za-z])", re.MULTILINE)
_HEADING = re.compile(r"^(\s{0,40})(?=#{1,6}(?:\s|$)|=+\s*$|-+\s*$)", re.MULTILINE)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=#?\w)")
_FENCE = re.compile(r"(`{3,}|~{3,})")
# A forge looks for addresses, references and names in what Markdown made of the text: escapes are gone by then.
_ESCAPE = re.compile(r"(?<=\\)(?=[!-/:-@\[-`{-~])")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=[!\[\]])(?=[\[(:])|(?<=\[)(?=[ x]\])", re.IGNORECASE)
_AT = re.compile(r"(?<=@)")
_DRAFT = re.compile(r"(?:\s*(?:(?:wip|draft)\s*(?::|-\s)|\[(?:wip|draft)\]|\(draft\)))+:?\s*", re.IGNORECASE)
"""What forges take for the sign of a pull request that is not ready, at the beginning of its title."""
CUT = " [… cut]"


def commit_text(text: str, limit: int) -> str:
    """Write text into a commit message or a title: no issue is closed, no CI skipped, nobody named or mentioned by it."""
    told = _SKIP.sub("(", _NO_CI.sub("NO ", visible(text))).replace("://", ": //").replace("<!--", "<! --")
    told = _COMMAND.sub(r"\1- ", _TRAILER.sub(r"\1 -", _REFERENCE.sub(_number, told)))
    return cut(told.replace("@", "(at)"), limit)


def title_text(text: str, limit: int) -> str:
    """Write text into the title of a pull request, as `commit_text` does; whatever an issue is called, it is no draft."""
    told = commit_text(text, limit).strip()
    while sign := _DRAFT.match(told):
        told = told[sign.end() :].lstrip(": ")
    return told or "Change"


def markdown_text(text: str, limit: int) -> str:
    """Write text into a comment or pull request: no link, image, markup, mention, command, heading or fence comes of it."""
    told = _TAG.sub("&lt;", _ENTITY.sub("&amp;", _FENCE.sub("'" * 3, visible(text))))
    for before in (_ESCAPE, _ADDRESS, _AT):
        told = before.sub(_JOINER, told)
    told = _TRAILER.sub(r"\1 -", told)
    for at_begin in (_HEADING, _COMMAND):
        told = at_begin.sub(rf"\1{_JOINER}", told)
    return cut(_REFERENCE.sub(rf"\g<0>{_JOINER}", told), limit)


def _number(match: re.Match[str]) -> str:
    if match[0] == "-":
        return " "
    return "no. " if match.string[match.end()].isdigit() else "# "


def markdown_line(text: str, limit: int) -> str:
    """Write text into one line of Markdown, such as an item of a list."""
    return markdown_text(" ".join(text.split()), limit)


def code_text(text: str, limit: int) -> str:
    """Write a name into a span of code: it cannot end the span, and is shown to the letter otherwise."""
    line = " ".join(visible(text).replace("`", "'").split())
    return f"`{cut(line, limit)}`"


def cut(text: str, limit: int) -> str:
    """Keep the beginning of a long text, and say that it was cut."""
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT
