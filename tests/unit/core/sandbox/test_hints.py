"""Each way in which a machine forbids sandboxes has its own advice."""

from pathlib import Path

import pytest
from tamma_core.sandbox.hints import SWITCHES, hint_for


@pytest.mark.parametrize(("name", "closed", "advice"), SWITCHES)
def test_kernel_switch(tmp_path: Path, name: str, closed: str, advice: str) -> None:
    """A switch of the kernel that is closed is named."""
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(f"{closed}\n")
    assert hint_for("bwrap: setting up uid map: Permission denied", tmp_path).startswith(advice)


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths"),
        ("bwrap: No permissions to create new namespace", "seccomp"),
        ("no `bwrap` on PATH", "install"),
    ],
)
def test_words_of_bubblewrap(tmp_path: Path, reason: str, word: str) -> None:
    """With open switches, bubblewrap's own words decide; every advice names the way out."""
    hint = hint_for(reason, tmp_path)
    assert word in hint
    assert "another sandbox level" in hint
