"""Questions written down by what is new in them."""

from hypothesis import given
from hypothesis import strategies as st
from tamma_core.record.questions import Questions

WORDS = st.text(alphabet="ab{}", max_size=12)


@given(st.lists(WORDS, max_size=6))
def test_every_question_comes_back(texts: list[str]) -> None:
    """Whatever two questions have in common, each is restored."""
    written, restored = Questions(), Questions()
    for text in texts:
        assert restored.restore("model", written.shorten("model", text, str)) == text


def test_a_grown_question_is_written_by_its_growth() -> None:
    """Of a history to which a turn is added, only the turn is kept."""
    questions = Questions()
    questions.shorten("model", '{"messages": [1, 2], "tools": "many"}', str)
    asked = questions.shorten("model", '{"messages": [1, 2, 3], "tools": "many"}', str)
    assert asked.new == ", 3"


def test_a_secret_in_a_question_is_masked_and_the_next_ones_still_come_back() -> None:
    """Offsets count in what is kept."""

    def mask(text: str) -> str:
        return text.replace("secret", "***")

    written, restored = Questions(), Questions()
    for text in ("one secret", "one secret two", "one", "one two secret three"):
        assert restored.restore("model", written.shorten("model", text, mask)) == mask(text)
