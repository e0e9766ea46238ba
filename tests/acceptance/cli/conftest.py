"""Run the installed command in a home of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TAMMA = str(Path(sys.executable).parent / "tamma")
Command = Callable[..., "subprocess.CompletedProcess[str]"]
_KEPT = ("PATH", "PYTHONPATH", "PYENV_VERSION", "LANG", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Make an environment that holds nothing of this machine's user."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "TMPDIR": str(temporary), "NO_COLOR": "1"}


@pytest.fixture
def tamma(environment: dict[str, str], tmp_path: Path) -> Command:
    """Run `tamma` to its end, with nobody at the terminal."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [TAMMA, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
            cwd=tmp_path,
            env={**environment, **variables},
        )

    return run
