"""Plans as text to read and to edit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tamma_cli.plan_text import from_edited, readable, to_edit
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.plan import Plan

WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), max_size=60)
PLANS = st.builds(
    Plan,
    summary=WORDS,
    steps=st.lists(WORDS, min_size=1, max_size=4).map(tuple),
    files=st.lists(WORDS, max_size=3).map(tuple),
    tests=st.lists(WORDS, max_size=3).map(tuple),
    reproduction=WORDS,
    risks=st.lists(WORDS, max_size=2).map(tuple),
)


@given(PLANS)
def test_an_unedited_plan_comes_back_as_it_was(plan: Plan) -> None:
    """Nothing is lost or changed on the way through the editor."""
    assert from_edited(to_edit(plan)) == plan


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("summary: [", "is not YAML"),
        ("just words", "does not fit"),
        ("summary: s\nsteps: [a]\nfiles: 3\n", r"does not fit: .*\$\.files"),
        ("summary: s\nsteps: []\nfiles: []\n", "has no steps"),
    ],
)
def test_an_edited_plan_that_does_not_fit_is_refused(text: str, problem: str) -> None:
    """The error names what does not fit."""
    with pytest.raises(InvalidInput, match=problem):
        from_edited(text)


def test_a_plan_is_shown_whole() -> None:
    """What is approved is what was shown."""
    plan = Plan(summary="S", steps=("one", "two"), files=("f.py",), tests=("t",), reproduction="r", risks=("k",))
    shown = readable(plan, name="0123456789ab", version=2)
    for part in ("Plan 2 · 0123456789ab", "S", "1. one", "2. two", "f.py", "Tests: t", "Reproduction: r", "Risks: k"):
        assert part in shown
