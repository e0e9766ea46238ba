"""What stands of what people said: who said it last, wherever, and whose word counts."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tamma_core.domain.events import ApprovalSubject, Approved, Event, Rejected
from tamma_core.domain.rules import Rules
from tamma_core.domain.standing import Standing, Word, in_comment, in_journal, standing

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
WRITERS = {"ada", "bob"}
PEOPLE = ("ada", "bob", "stranger")


def at(second: float) -> datetime:
    """Answer a moment after noon."""
    return NOON + timedelta(seconds=second)


def yes(second: float, by: str = "ada", *, edited: bool = False) -> Word:
    """Approve in a comment, which is named by its author and time."""
    said = Approved(
        subject=ApprovalSubject.PLAN, hash="h", by=by, via="issue", comment=f"{by}{second}", said_at=at(second)
    )
    return in_comment(said, at(second), edited=edited)


def no(second: float, by: str = "bob", *, edited: bool = False, reason: str = "") -> Word:
    """Reject in a comment."""
    said = Rejected(
        subject=ApprovalSubject.PLAN,
        hash="h",
        by=by,
        via="issue",
        reason=reason,
        comment=f"{by}{second}",
        said_at=at(second),
    )
    return in_comment(said, at(second), edited=edited)


def typed(verb: str, second: float, via: str = "cli", before: Sequence[Word] = ()) -> Word:
    """Decide at the terminal."""
    kind = Approved if verb == "yes" else Rejected
    return in_journal(kind(subject=ApprovalSubject.PLAN, hash="h", by="root", via=via), at(second), before)


def stands(comments: Sequence[Word] = (), journal: Sequence[Word] = (), rules: Rules | None = None) -> Standing:
    """Ask what stands."""
    return standing(comments, journal, writers=WRITERS, rules=rules or Rules())


def verdict(found: Standing) -> str:
    """Say in a word what stands, and by whom."""
    if found.rejection is not None:
        return f"no by {found.rejection.by}"
    return f"yes by {'+'.join(word.by for word in found.approvals)}" if found.approvals else "nothing"


NAMED = Rules(approvers=("Bob",))
TAKEN_UP = (yes(5, "ada"),)
ONE_SECOND = (no(2), typed("yes", 2.6, before=(no(2),)))
"""The yes came after the first no for certain, since the journal held that."""
CASES: dict[str, tuple[Sequence[Word], Sequence[Word], Rules | None, str]] = {
    "nobody said anything": ((), (), None, "nothing"),
    "a yes": ((yes(1),), (), None, "yes by ada"),
    "two of two": ((yes(1), yes(2, "bob")), (), None, "yes by ada+bob"),
    "a later no": ((yes(1), no(2)), (), None, "no by bob"),
    "a later yes": ((no(1), yes(2)), (), None, "yes by ada"),
    "what came before the no is gone": ((yes(1, "bob"), no(2), yes(3)), (), None, "yes by ada"),
    "the same second": ((no(1), yes(1)), (), None, "no by bob"),
    "a stranger's yes": ((yes(1, "stranger"),), (), None, "nothing"),
    "a stranger's no": ((yes(1), no(2, "stranger")), (), None, "yes by ada"),
    "an edited yes": ((yes(1, edited=True),), (), None, "nothing"),
    "an edited yes after a no": ((no(1), yes(2, edited=True)), (), None, "no by bob"),
    "an edited no counts from its edit": ((yes(2), no(3, edited=True)), (), None, "no by bob"),
    "an edit of what was taken up": ((no(1), yes(9, edited=True)), TAKEN_UP, None, "yes by ada"),
    "a no since it was taken up": ((no(6), yes(9, edited=True)), TAKEN_UP, None, "no by bob"),
    "a no into what was taken up": ((no(9, "ada", edited=True),), TAKEN_UP, None, "no by ada"),
    "taken up, and may write no more": ((no(1, "bob"),), (yes(5, "stranger"),), None, "no by bob"),
    "a no that was taken out of its comment": ((), (no(1),), None, "no by bob"),
    "yes at the terminal after a no": ((no(1),), (typed("yes", 2.5),), None, "yes by root"),
    "no in the issue after a yes at the terminal": ((no(3),), (typed("yes", 2.5),), None, "no by bob"),
    "yes in the issue after a no at the terminal": ((yes(3),), (typed("no", 2.5),), None, "yes by ada"),
    "no at the terminal after a yes in the issue": ((yes(2),), (typed("no", 3.5),), None, "no by root"),
    "no in the second of a yes at the terminal": ((no(2),), (typed("yes", 2.5),), None, "no by bob"),
    "yes in the second of a no at the terminal": ((yes(2),), (typed("no", 2.5),), None, "no by root"),
    "no, yes at the terminal, no, all in one second": ((no(2, "ada"),), ONE_SECOND, None, "no by bob"),
    "the same, the last no taken up": ((), (*ONE_SECOND, no(2, "ada")), None, "no by bob"),
    "yes at the terminal in the second of a no that was taken up": ((no(2),), ONE_SECOND, None, "yes by root"),
    "a flag": ((), (typed("yes", 1, "flag"),), None, "yes by root"),
    "a flag after a no": ((no(1),), (typed("yes", 5, "flag"),), None, "no by bob"),
    "not named": ((yes(1),), (), NAMED, "nothing"),
    "named": ((yes(1, "bob"),), (), NAMED, "yes by bob"),
    "a no of somebody who is not named": ((yes(1, "bob"), no(2, "ada")), (), NAMED, "no by ada"),
    "a terminal where some are named": ((), (typed("yes", 1),), NAMED, "nothing"),
    "a no at a terminal where some are named": ((yes(1, "bob"),), (typed("no", 3),), NAMED, "no by root"),
}


@pytest.mark.parametrize(("comments", "journal", "rules", "expected"), CASES.values(), ids=CASES)
def test_what_stands(comments: Sequence[Word], journal: Sequence[Word], rules: Rules | None, expected: str) -> None:
    """The last word of somebody entitled, and no where it cannot be told which was last."""
    assert verdict(stands(comments, journal, rules)) == expected


def test_what_does_not_count_has_a_reason() -> None:
    """Whoever may write is told apart from a stranger; an edit of what was taken up is nothing to tell."""
    found = stands([yes(1, "stranger"), yes(2, "bob", edited=True), yes(9, "ada", edited=True)], [yes(9, "ada")])
    assert [(one.said.by, one.may_write, one.why.split(";")[0]) for one in found.ignored] == [
        ("stranger", False, "who may not write here"),
        ("bob", True, "in a comment that was edited"),
    ]


def test_a_no_is_said_until_it_is_taken_out_of_its_comment() -> None:
    """What is in the journal alone was said once."""
    assert stands([no(1)], [no(1)]).still_said
    assert not stands([], [no(1)]).still_said
    assert not stands([], [typed("no", 1)]).still_said


def test_of_two_rejections_in_one_second_the_one_with_a_reason_is_answered() -> None:
    """The agent learns more by it."""
    assert (
        stands([no(1, "bob", reason="wrong file"), no(1, "zoe"), no(1, "ada")]).rejection
        == no(1, "bob", reason="wrong file").said
    )


def test_the_order_of_the_journal_outlasts_clocks_that_are_set_back() -> None:
    """A no at the terminal is after all that was journaled before it, whatever both clocks say."""
    ahead = yes(3600)
    assert verdict(stands([ahead], [ahead, typed("no", 10, before=[ahead])])) == "no by root"
    said = typed("no", 10)
    assert verdict(stands([], [said, typed("yes", 5, before=[said])])) == "yes by root"


@pytest.mark.parametrize("kind", ["approved", "rejected"])
def test_words_of_older_journals_are_read(kind: str) -> None:
    """What was journaled without the time of its comment has the time of the journal."""
    stored = f'{{"type":"{kind}","subject":"plan","hash":"h","by":"ada","via":"issue"}}'
    event = msgspec.json.decode(stored, type=Event)
    assert isinstance(event, Approved | Rejected)
    word = in_journal(event, at(1), ())
    assert (word.since, word.until) == (at(1), at(1))


def test_an_approval_of_an_older_journal_stays_where_it_is_in_it() -> None:
    """Its comment has a time by the forge's clock, which may be ahead, and is older than the no at the terminal all the same."""
    approved = Approved(subject=ApprovalSubject.PLAN, hash="h", by="ada", via="issue", comment="ada3600")
    taken_up = in_journal(approved, at(1), ())
    assert verdict(stands([yes(3600)], [taken_up, typed("no", 2, before=[taken_up])])) == "no by root"


def comments() -> st.SearchStrategy[list[Word]]:
    """Say this and that in the same few seconds, each in a comment of its own."""
    times, people, flags = st.integers(0, 6), st.sampled_from(PEOPLE), st.booleans()
    one = st.builds(yes, times, people, edited=flags) | st.builds(no, times, people, edited=flags)
    return st.lists(one, max_size=8, unique_by=lambda word: word.said.comment)


def journals() -> st.SearchStrategy[list[Word]]:
    """Decide at terminals."""
    return st.lists(st.builds(typed, st.sampled_from(["yes", "no"]), st.integers(0, 6)), max_size=3)


@given(comments(), journals(), st.randoms(use_true_random=False))
def test_the_order_in_which_comments_are_listed_decides_nothing(
    said: list[Word], journal: list[Word], chance: random.Random
) -> None:
    """A forge that lists them otherwise gets the same answer."""
    before = stands(said, journal)
    chance.shuffle(said)
    chance.shuffle(journal)
    assert stands(said, journal) == before


@given(comments(), journals())
def test_strangers_change_nothing(said: list[Word], journal: list[Word]) -> None:
    """Without their words the same stands."""
    found, without = stands(said, journal), stands([word for word in said if word.said.by in WRITERS], journal)
    assert (found.approvals, found.rejection) == (without.approvals, without.rejection)


@given(comments(), journals())
def test_what_was_edited_approves_nothing(said: list[Word], journal: list[Word]) -> None:
    """No approval that stands is of an edited comment, and without those the same stands."""
    found, edited = stands(said, journal), [word for word in said if word.edited and isinstance(word.said, Approved)]
    assert not {word.said for word in edited} & set(found.approvals)
    without = stands([word for word in said if word not in edited], journal)
    assert (found.approvals, found.rejection) == (without.approvals, without.rejection)


@given(comments(), journals())
def test_no_outweighs_whatever_is_not_certainly_later(said: list[Word], journal: list[Word]) -> None:
    """Nothing is approved while a no of somebody entitled is as late as the last yes."""
    found = stands(said, journal)
    against = [word for word in said if isinstance(word.said, Rejected) and word.said.by in WRITERS]
    against += [word for word in journal if isinstance(word.said, Rejected)]
    for approval in found.approvals:
        since = {word.since for word in (*said, *journal) if word.said == approval}
        assert all(word.until < max(since) for word in against)
