"""What people said about a plan or a difference, wherever they said it, and what of it stands."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from tamma_core.domain.events import Approved, Rejected
from tamma_core.domain.record import Record
from tamma_core.domain.rules import Rules

_TICK = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_NEVER = datetime.min.replace(tzinfo=UTC)
_LONG_AGO = _NEVER + _TICK


class Word(Record, frozen=True, kw_only=True):
    """Hold what somebody said, and between which moments: forges tell whole seconds."""

    said: Approved | Rejected
    since: datetime
    until: datetime
    clock: datetime
    """The earliest moment by the clock alone, which is all that orders it with what the journal did not hold before it."""
    edited: bool = False


class Ignored(Record, frozen=True, kw_only=True):
    """Hold a comment's word that does not count, and why."""

    said: Approved | Rejected
    why: str
    may_write: bool


class Standing(Record, frozen=True, kw_only=True):
    """Say what stands: the approvals since the last no, or that no."""

    approvals: tuple[Approved, ...] = ()
    rejection: Rejected | None = None
    still_said: bool = False
    """Whether a comment says the no at this moment; a word at a terminal, or one taken out of its comment, was said once."""
    ignored: tuple[Ignored, ...] = ()


def in_comment(said: Approved | Rejected, at: datetime, *, edited: bool = False) -> Word:
    """Date a word by its comment."""
    since = at.replace(microsecond=0)
    return Word(said=said, since=since, until=since + _SECOND - _TICK, clock=since, edited=edited)


def in_journal(said: Approved | Rejected, at: datetime, before: Iterable[Word]) -> Word:
    """Date a word that the journal holds: by its comment, or after all that it held about the same before.

    So no clock that is set back, here or on the forge, changes an order that is certain.
    """
    if said.said_at is not None:
        return in_comment(said, said.said_at)
    last = max((at, *(word.until + _TICK for word in before)))
    if said.via == "flag":  # who approved by a flag has seen nothing, and outweighs nobody's no
        return Word(said=said, since=_LONG_AGO, until=last, clock=_LONG_AGO)
    return Word(said=said, since=last, until=last, clock=at)


def last_words(journal: Iterable[Word], comments: Iterable[Word] = ()) -> Standing:
    """Answer what stands of words that count: no yields only to a yes that is certainly later.

    `journal` comes in its own order, `comments` are those that it does not hold, in whatever order.
    """
    comments, held = list(comments), list(journal)
    unheard = _last_no(comments)
    yes = [word for word in comments if isinstance(word.said, Approved) and word.since > max(unheard, _last_no(held))]
    for at, word in enumerate(held):
        later = max(unheard, _last_no(held[at:]))
        if isinstance(word.said, Approved) and word.since > _last_no(held[:at]) and word.clock > later:
            yes.append(word)
    rejections = [word.said for word in sorted((*held, *comments), key=_order) if isinstance(word.said, Rejected)]
    approvals = dict.fromkeys(word.said for word in sorted(yes, key=_order) if isinstance(word.said, Approved))
    return Standing(approvals=tuple(approvals), rejection=rejections[-1] if rejections and not approvals else None)


def standing(comments: Sequence[Word], journal: Iterable[Word], *, writers: Collection[str], rules: Rules) -> Standing:
    """Answer what stands of all that was said about one plan or difference; `writers` may write now.

    An approval that the journal took up counts as that has it, whatever becomes of its comment; a no counts wherever it is.
    """
    kept = [word for word in journal if isinstance(word.said, Rejected) or not _flaw(word, writers, rules)]
    taken_up = {(word.said.comment, word.said.hash) for word in kept if isinstance(word.said, Approved)}
    fresh = [
        word
        for word in comments
        if isinstance(word.said, Rejected) or (word.said.comment, word.said.hash) not in taken_up
    ]
    flaws = {word: _flaw(word, writers, rules) for word in sorted(fresh, key=_order)}
    held = {word.said for word in kept}
    found = last_words(kept, (word for word in fresh if not flaws[word] and word.said not in held))
    ignored = tuple(
        Ignored(said=word.said, why=flaw, may_write=word.said.by in writers) for word, flaw in flaws.items() if flaw
    )
    still_said = any(word.said == found.rejection for word in comments)
    return Standing(approvals=found.approvals, rejection=found.rejection, still_said=still_said, ignored=ignored)


def _last_no(words: Iterable[Word]) -> datetime:
    return max((word.until for word in words if isinstance(word.said, Rejected)), default=_NEVER)


def counts(approval: Approved, rules: Rules) -> bool:
    """Tell whether rules let this word count; where they name approvers, it has to be said on the forge."""
    return rules.approvers is None or (approval.via == "issue" and rules.may_approve(approval.by))


def _flaw(word: Word, writers: Collection[str], rules: Rules) -> str:
    """Say why a word does not count; anybody who may write can say no."""
    if word.said.via == "issue" and word.said.by not in writers:
        return "who may not write here"
    if isinstance(word.said, Rejected):
        return ""
    if not counts(word.said, rules):
        return "who may not approve by the rules of this repository"
    # Whoever may write can edit the comments of others, on Gitea for one, and their names stay under them.
    return "in a comment that was edited; write a new one" if word.edited else ""


def _order(word: Word) -> tuple[datetime, str, str, str]:
    """Order words by time; at one moment by what cannot depend on how they were listed, a no with a reason last."""
    reason = word.said.reason if isinstance(word.said, Rejected) else ""
    return (word.until, reason, word.said.by, word.said.comment)
