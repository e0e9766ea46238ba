"""On a kernel of its own, where every controller is to be had, control groups bound, count and end commands."""

from pathlib import Path

import pytest
from services.user_mode_linux import run_in_own_kernel

ROOT = Path(__file__).parents[3]
INSIDE = "tests/integration/sandbox/in_control_groups.py"


@pytest.mark.timeout(320)
@pytest.mark.needs("user-mode linux")
def test_control_groups_hold(tmp_path: Path) -> None:
    """What is asserted inside holds, and nothing of it was left out."""
    code, said = run_in_own_kernel(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", INSIDE, root=ROOT, directory=tmp_path
    )
    failed = [line for line in said.splitlines() if line.startswith("FAILED")]
    assert code == 0, f"{failed} {said}"
    assert "skipped" not in said
