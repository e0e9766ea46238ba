"""Texts as somebody sees them who wants to read a secret out of them."""

from hypothesis import given
from hypothesis import strategies as st
from tamma_core.guards.text_views import Squeezed

SPACE = "\N{ZERO WIDTH SPACE}"


@given(st.lists(st.sampled_from(["\\x", "\\u00", "&#x", "0x", "41", "g", " ", "-", '"', "\n", "\x7f"])).map("".join))
def test_plain_and_other_texts_are_squeezed_alike(text: str) -> None:
    """A mark that nobody sees makes a text no plain one, and changes nothing else."""
    assert Squeezed(text).text == Squeezed(text + SPACE).text
