"""What people can say to Tamma in a comment: `/tamma approve HASH`, `/tamma reject HASH [reason]`, `/tamma retry`."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal

from tamma_core.domain.record import Record
from tamma_core.domain.repository import Comment

_COMMAND = re.compile(r"/tamma[ \t]+(approve|reject)[ \t]+([0-9a-f]{12}|[0-9a-f]{32})\b[ \t]*(.{0,500})")
_RETRY = re.compile(r"/tamma[ \t]+retry")
_LONGEST_COMMENT = 20_000
_MOST_EACH = 20
"""Of each author, the newest: a stranger's flood hides nobody else's word."""
_OTHER = "\0"


class CommentCommand(Record, frozen=True, kw_only=True):
    """Hold the decision of a comment."""

    comment: str
    verb: Literal["approve", "reject"]
    hash: str
    reason: str
    author: str
    at: datetime
    edited: bool
    """Whether the comment was changed since; on some forges others than its author can do that."""


def commands_in(comments: Iterable[Comment], *, hash: str, ourselves: str) -> Sequence[CommentCommand]:  # noqa: A002
    """List decisions about what has this hash, the last word last; a comment's own last word counts.

    Only lines of plain paragraphs count: what is quoted, listed, code, hidden or inside markup does not, nor do
    our own comments. A comment that was edited counts from its last edit; at the same moment a rejection wins.
    """
    likely = _beginning_with({("/tamma", verb, hash) for verb in ("approve", "reject")}, comments, ourselves)
    newest = _newest(sorted(likely, key=_changed_at))
    found = [command for comment in newest for command in [*_said(comment, hash)][-1:]]
    return sorted(found, key=lambda command: (command.at, command.verb))


def retries_in(comments: Iterable[Comment], *, ourselves: str) -> Sequence[Comment]:
    """List the comments that say `/tamma retry` in a plain line, in their order; our own do not count."""
    return [
        comment
        for comment in _newest(_beginning_with({("/tamma", "retry")}, comments, ourselves))
        if any(_RETRY.fullmatch(line.strip()) for line in _plain_lines(comment.body[:_LONGEST_COMMENT]))
    ]


def _beginning_with(words: set[tuple[str, ...]], comments: Iterable[Comment], ourselves: str) -> list[Comment]:
    """Keep the comments of others that have a line of these first words: only they are worth the parsing, which strangers can make slow."""
    return [
        comment
        for comment in comments
        if comment.author.casefold() != ourselves.casefold()
        and any(_beginning(line.strip()) in words for line in comment.body[:_LONGEST_COMMENT].splitlines())
    ]


def _newest(said: Sequence[Comment]) -> list[Comment]:
    """Keep the newest of each author, in their order."""
    counted: Counter[str] = Counter()
    kept: list[Comment] = []
    for one in reversed(said):
        counted[one.author] += 1
        if counted[one.author] <= _MOST_EACH:
            kept.append(one)
    return kept[::-1]


def _said(comment: Comment, name: str) -> Iterator[CommentCommand]:
    for line in _plain_lines(comment.body[:_LONGEST_COMMENT]):
        match = _COMMAND.fullmatch(line.strip())
        if match is None or match[2] != name:
            continue
        yield CommentCommand(
            comment=comment.id,
            verb="approve" if match[1] == "approve" else "reject",
            hash=name,
            reason=match[3].strip(),
            author=comment.author,
            at=_changed_at(comment),
            edited=comment.updated_at not in {None, comment.created_at},
        )


def _changed_at(comment: Comment) -> datetime:
    return comment.updated_at or comment.created_at


def _plain_lines(markdown: str) -> Iterator[str]:
    """Yield the lines of paragraphs that stand by themselves, as a reader of the page sees them."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(markdown)
    for before, token in pairwise(tokens):
        if before.type == "html_block" and not before.content.lstrip().startswith("<!--"):
            return  # an element that it opens may hide all that follows
        if before.type != "paragraph_open" or before.level != 0 or token.children is None:
            continue
        shown = "".join(
            "\n" if child.type in {"softbreak", "hardbreak"} else child.content if child.type == "text" else _OTHER
            for child in token.children
        )
        # Written with an escape or an entity, it is spoken about, not said.
        written = {_beginning(line) for line in token.content.split("\n")}
        yield from (line for line in shown.split("\n") if _beginning(line) in written)


def _beginning(line: str) -> tuple[str, ...]:
    return tuple(line.removesuffix("\\").split()[:3])
