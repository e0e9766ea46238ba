"""What people can say to Tamma in a comment: `/tamma approve HASH`, `/tamma reject HASH [reason]`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tamma_core.domain.repository import Comment

_FENCED = re.compile(r"^(```|~~~).*?(^\1|\Z)", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^/tamma[ \t]+(approve|reject)[ \t]+([0-9a-f]{12})\b[ \t]*(.{0,500})$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentCommand:
    """Hold a decision found in a comment."""

    verb: Literal["approve", "reject"]
    hash: str
    reason: str
    author: str
    at: datetime


def commands_in(comments: Iterable[Comment], *, hash: str, ourselves: str) -> Sequence[CommentCommand]:  # noqa: A002
    """List decisions about what has this hash, oldest first; our own comments, quoted lines and code blocks do not count.

    A comment that was edited counts from its last edit.
    """
    found = []
    for comment in comments:
        if comment.author == ourselves:
            continue
        for verb, named, reason in _COMMAND.findall(_FENCED.sub("", comment.body.replace("\r\n", "\n"))):
            if named == hash:
                at = comment.updated_at or comment.created_at
                found.append(CommentCommand(verb=verb, hash=named, reason=reason.strip(), author=comment.author, at=at))
    return found
