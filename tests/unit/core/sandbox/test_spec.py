"""What can be asked of a sandbox."""

import pytest
from tamma_core.domain.errors import InvalidInput
from tamma_core.ports.sandbox import LONGEST_WORD_BYTES, WORDS_BYTES, SandboxSpec


@pytest.mark.parametrize(
    "words",
    [("x" * (LONGEST_WORD_BYTES + 1),), ("a\0b",), ("x" * 1000,) * (WORDS_BYTES // 1000 + 1)],
    ids=["long", "nul", "many"],
)
def test_words_that_no_program_can_be_given_are_refused(words: tuple[str, ...]) -> None:
    """A model that says them is told so; it is no defect of ours."""
    with pytest.raises(InvalidInput, match="too long"):
        SandboxSpec(argv=("echo", *words), cwd="/", mounts=())
