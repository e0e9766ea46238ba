"""Text of others on a terminal."""

import pytest
from tamma_cli.terminal_text import one_line, safe


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("a\rb\x08c", "a\\rb\\x08c"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\x9b31m", "\\x9b31m"),
        ("half \ud800", "half \\ud800"),
        ("line\u2028break", "line\\u2028break"),
        ("a\ufe00\U000e0041", "a\\ufe00\\U000e0041"),
        ("x\n ::set-output name=a::b", "x\n :\\:set-output name=a::b"),
        ("see ##[group]x ##vso[task.setvariable]", "see ##\\[group]x ##\\vso[task.setvariable]"),
        ("std::vector 10::20", "std::vector 10::20"),
        ("kept\n\tgrüße 日本", "kept\n\tgrüße 日本"),
    ],
)
def test_what_moves_hides_or_reorders_is_shown_as_an_escape(hostile: str, shown: str) -> None:
    """Nothing but line feeds and tabs reaches the terminal unseen."""
    assert safe(hostile) == shown


def test_one_line_is_one_line() -> None:
    """Line feeds become spaces and the end is cut visibly."""
    assert one_line("a\n  b\tc", 10) == "a b c"
    assert one_line("x" * 20, 10) == "x" * 9 + "…"
