"""What the tests of every backend share."""

from pathlib import Path

import pytest


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Make an empty directory for a command to work in."""
    path = tmp_path / "workspace"
    path.mkdir()
    return path
