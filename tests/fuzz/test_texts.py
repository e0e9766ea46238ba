"""Texts of strangers on their way in and out."""

import io
import json
import re
from contextlib import redirect_stdout
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st
from tamma_cli.screen import Screen
from tamma_cli.terminal_text import one_line, safe
from tamma_core.agent.text import KINDS, as_seen, cut_middle, quote, quote_exact
from tamma_core.agent.unseen import plain_output
from tamma_core.domain.repository import Comment
from tamma_core.engine.commands import commands_in
from tamma_core.engine.published import code_text, commit_text, markdown_line, markdown_text
from tamma_core.guards.known_values import KnownValues
from tamma_core.guards.redaction import MASK, Redactor

from fuzz.material import json_values, texts

HASH = "0123456789ab"
NOON = datetime(2026, 1, 2, tzinfo=UTC)
MOVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\U000e0000-\U000e0fff]")
secrets = st.text("abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/_-", min_size=12, max_size=40).filter(
    lambda value: len(set(value.lower())) >= 6 and value.strip() == value
)


@given(st.sampled_from(KINDS), texts, texts)
def test_quotations_end_once_and_hide_nothing(kind: str, text: str, author: str) -> None:
    """Whatever a text is made of, its mark closes at its end, and no line of it moves or hides."""
    for quoted in (quote(kind, text, author=author), quote_exact(kind, text, limit=1000)):
        closing = quoted.rpartition("\n")[2]
        assert quoted.count(closing) == 1
        assert not MOVING.search(quoted)
    assert len(quote(kind, text * 500, limit=1000)) < 2000


@given(texts, st.integers(2, 200))
def test_cut_keeps_both_ends(text: str, limit: int) -> None:
    """A long text keeps its ends, a short one all of itself, and cutting at a length that fits changes nothing."""
    once = cut_middle(text, limit)
    assert once == text or (once.startswith(text[: limit // 2]) and once.endswith(text[len(text) - limit // 2 :]))
    assert cut_middle(once, len(once)) == once


@given(texts)
def test_page_is_left_with_what_it_shows(text: str) -> None:
    """Taking out what is hidden never adds."""
    assert len(as_seen(text)) <= len(text) + 16 * text.count("[") + 16 * text.count("<") + 16


@given(texts, texts)
@example("\\", "")
def test_command_is_obeyed_only_where_it_stands_by_itself(before: str, after: str) -> None:
    """Reading a comment never fails, and a command that counts is a line of its own for every reader."""
    body = f"{before}/tamma approve {HASH}{after}"
    comment = Comment("1", "maintainer", body, NOON, None)
    for command in commands_in([comment], hash=HASH, ourselves="bot"):
        lines = [
            " ".join(line.split()) for line in re.split(r"[\r\n]+", body.replace("\0", "\N{REPLACEMENT CHARACTER}"))
        ]
        assert any(line.startswith(f"/tamma {command.verb} {HASH}") for line in lines), body


@given(texts, st.integers(60, 300))
def test_published_texts_are_bounded_and_command_nobody(text: str, limit: int) -> None:
    """Nothing that is published calls, links, closes or runs."""
    for written in (markdown_text(text, limit), markdown_line(text, limit), commit_text(text, limit)):
        assert len(written) <= limit
        assert not MOVING.search(written)
        assert not re.search(r"@\w|://|#\d|^\s*[/!][a-z]|<!--", written, re.IGNORECASE | re.MULTILINE)
    assert "`" not in code_text(text, limit)[1:-1]


@given(texts)
def test_terminal_shows_and_obeys_nothing(text: str) -> None:
    """No escape sequence, no workflow command, no second line where one is wanted."""
    shown = safe(text)
    assert not MOVING.search(shown)
    assert not re.search(r"^\s*::|##\[|##vso\[", shown, re.MULTILINE)
    assert "\n" not in one_line(text)
    assert safe(plain_output(text)) == safe(safe(plain_output(text)))


@given(secrets, st.dictionaries(texts, json_values, max_size=4), texts)
def test_row_is_json_without_a_secret(secret: str, row: dict[str, object], text: str) -> None:
    """Masking never breaks the JSON that a program reads, and leaves no secret in it."""
    screen = Screen(as_json=True)
    screen.mask = Redactor([secret]).mask
    with redirect_stdout(io.StringIO()) as out:
        screen.row({**row, "text": f'{text}{secret}\n-----BEGIN A PRIVATE KEY-----\nabc"', "deep": [{"x": secret}]})
    line = out.getvalue()
    assert line.count("\n") == 1
    assert json.loads(line)
    assert secret not in line


@given(st.lists(secrets, min_size=1, max_size=3), st.lists(texts, min_size=1, max_size=4), st.data())
def test_masked_text_holds_no_known_secret(known: list[str], around: list[str], data: st.DataObject) -> None:
    """Secrets anywhere in anything are masked, masking twice changes nothing, and all else stays."""
    text = "".join(part + data.draw(st.sampled_from(known)) for part in around)
    values = KnownValues(known)
    once = Redactor(values).mask(text)
    assert not any(secret.lower() in once.lower() for secret in known)
    assert not values.spans(once.replace(MASK, "\0"))
    assert Redactor(values).mask(once) == once
