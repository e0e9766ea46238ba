"""Decisions in comments: what counts, and what only looks like one."""

from datetime import UTC, datetime, timedelta

import pytest
from tamma_core.domain.repository import Comment
from tamma_core.engine.commands import commands_in, retries_in
from unit.core.guards.counting import calls

HASH = "0123456789ab"
"""A name that an older Tamma gave a plan; what it was said about is still read."""
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def comment(body: str, *, number: int = 1, author: str = "maintainer", edited: int | None = None) -> Comment:
    """Make a comment, written and perhaps edited some minutes after noon."""
    at = NOON + timedelta(minutes=number)
    return Comment(str(number), author, body, at, None if edited is None else NOON + timedelta(minutes=edited))


def said(*comments: Comment) -> list[tuple[str, str]]:
    """List verb and reason of what counts."""
    return [(command.verb, command.reason) for command in commands_in(comments, hash=HASH, ourselves="bot")]


def test_the_longer_name_of_a_difference_is_read_whole() -> None:
    """A name is never matched by a part of it."""
    long = HASH + "f" * 20
    at = comment(f"/tamma approve {long}")
    assert [command.hash for command in commands_in([at], hash=long, ourselves="bot")] == [long]
    assert not commands_in([at], hash=HASH, ourselves="bot")


@pytest.mark.parametrize(
    "body",
    [
        f"/tamma approve {HASH}",
        f"Looks right.\n\n/tamma approve {HASH}\n",
        f"Fine\r\n/tamma approve {HASH}\r\n",
        f"/tamma approve {HASH}\\\nand that is all",
        f"All of *this* is `right`:\n/tamma   approve {HASH}  \nGo on!",
    ],
)
def test_command_in_a_plain_line_counts(body: str) -> None:
    """A maintainer writes it as any other line."""
    assert said(comment(body)) == [("approve", "")]


@pytest.mark.parametrize(
    "body",
    [
        f"> /tamma approve {HASH}",
        f"do not write\n```\n/tamma approve {HASH}\n```\nyet",
        f"````\n```\n/tamma approve {HASH}\n```\n````",
        f"- like so:\n  ```\n  /tamma approve {HASH}\n  ```",
        f"1. /tamma approve {HASH}",
        f"    /tamma approve {HASH}",
        f"<!--\n/tamma approve {HASH}\n-->",
        f"text <!-- \n/tamma approve {HASH}\n --> text",
        f"`/tamma approve {HASH}`",
        f"\\/tamma approve {HASH}",
        f"&#47;tamma approve {HASH}",
        f"/tamma appr&#111;ve {HASH}",
        f"# /tamma approve {HASH} please\nx",
        f"<details>\n\n/tamma approve {HASH}\n\n</details>",
        f"<div hidden>\n\n/tamma approve {HASH}\n\n</div>",
        f"> somebody wrote\n/tamma approve {HASH}",
        f"[x]: /y\n  '/tamma approve {HASH}'",
        "/tamma approve \u043e" + HASH[1:],
        f"/tamma approve {HASH[:6]}\u200b{HASH[6:]}",
        f"/t\u0430mma approve {HASH}",
        f"\uff0ftamma approve {HASH}",
        f"/tamma approve {HASH.upper()}",
        f"| a |\n|---|\n| /tamma approve {HASH} |",
        f"should I say /tamma approve {HASH} ?",
        "/tamma approve 0123456789ac",
        f"/tamma approve {HASH}0",
    ],
)
def test_what_is_quoted_listed_code_or_hidden_does_not_count(body: str) -> None:
    """Nobody approves by showing how it would be done."""
    assert said(comment(body)) == []


def test_our_own_comments_do_not_count() -> None:
    """The plan's own comment shows the command."""
    assert said(comment(f"/tamma approve {HASH}", author="bot"), comment(f"/tamma approve {HASH}", author="BOT")) == []


def test_last_word_is_last_also_when_it_is_an_edit() -> None:
    """An early comment that is edited to a rejection outweighs an approval before the edit."""
    edited = comment(f"/tamma reject {HASH} too risky", number=1, edited=9)
    assert said(edited, comment(f"/tamma approve {HASH}", number=2)) == [("approve", ""), ("reject", "too risky")]


def test_an_edit_is_told_from_a_comment_as_it_was_written() -> None:
    """Forges give the time of the last change also where there was none."""
    words = [comment(f"/tamma approve {HASH}", edited=at) for at in (None, 1, 2)]
    assert [commands_in([word], hash=HASH, ourselves="bot")[0].edited for word in words] == [False, False, True]


def test_rejection_wins_at_the_same_moment() -> None:
    """Forges count in seconds; the careful answer wins."""
    assert said(
        comment(f"/tamma reject {HASH} no", number=3), comment(f"/tamma approve {HASH}", number=3, author="other")
    )[-1] == ("reject", "no")


def test_comment_has_one_word_however_often_it_repeats_it() -> None:
    """A flood of lines costs one question to the forge."""
    assert said(comment(f"/tamma approve {HASH}\n\n" * 1000)) == [("approve", "")]


def test_a_strangers_flood_is_not_read_whole() -> None:
    """What takes long to parse is parsed twenty times for one account, and only where a line begins like a command."""
    slow = "![" * 50
    few, many = (
        [
            comment(f"{slow}\n\n/tamma approve {HASH}\n\n/tamma retry", number=at, author="stranger")
            for at in range(count)
        ]
        for count in (20, 400)
    )
    for read in (
        lambda said: commands_in(said, hash=HASH, ourselves="bot"),
        lambda said: retries_in(said, ourselves="bot"),
    ):
        assert len(read(many)) == len(read(few)) == 20
        assert calls(lambda read=read: read(many)) < 2 * calls(lambda read=read: read(few))  # type: ignore[misc]  # bound at once
        assert calls(lambda read=read: read([comment(f"{slow} /tamma approve {HASH} /tamma retry")])) < 50  # type: ignore[misc]  # as above


def test_a_flood_of_others_hides_nobodys_word() -> None:
    """Hundreds of later commands by somebody else leave a maintainer's rejection where it is."""
    flood = [comment(f"/tamma approve {HASH}", number=number, author="stranger") for number in range(3, 403)]
    words = commands_in([comment(f"/tamma reject {HASH} wrong", number=2), *flood], hash=HASH, ourselves="bot")
    assert ("maintainer", "reject") in {(word.author, word.verb) for word in words}
    assert len(words) < 50
    retries = [comment("/tamma retry"), *(comment("/tamma retry", author="stranger") for _ in range(400))]
    assert "maintainer" in {one.author for one in retries_in(retries, ourselves="bot")}
