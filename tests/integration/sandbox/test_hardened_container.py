"""In a container without capabilities, with the engine's own filter of system calls, a wall is found that holds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tamma_core.sandbox.attack_script import ATTACKS

ROOT = Path(__file__).parents[3]
HARDENED = (
    *("podman", "--runtime", "runc", "run", "--rm", "--network", "host", "--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=2048:2048"),
    *("--tmpfs", "/mnt:rw,notmpcopyup", "--env", "HOME=/mnt", "--env", "TMPDIR=/mnt"),
)


@pytest.mark.needs("podman")
def test_landlock_is_found_where_bubblewrap_cannot_run() -> None:
    """Nothing is run without a wall, and the doctor says what was refused."""
    shown = {str(ROOT), os.path.realpath(sys.base_prefix)}
    done = subprocess.run(
        (
            *HARDENED,
            *(word for path in sorted(shown) for word in ("--volume", f"{path}:{path}:ro")),
            *("--env", "ANTHROPIC_API_KEY=x", "--workdir", "/mnt", "--rootfs", "/:O"),
            *(sys.executable, "-m", "tamma", "doctor", "--json"),
        ),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.stdout, done.stderr
    walls = {wall["level"]: wall for wall in json.loads(done.stdout)["sandbox"]}
    assert [name for name, wall in walls.items() if wall["chosen"]] == ["landlock"]
    assert {attack["name"] for attack in walls["landlock"]["attacks"] if attack["held"]} == set(ATTACKS)
    assert "bubblewrap cannot start here" in walls["bubblewrap"]["why"]
    assert walls["bubblewrap"]["hint"]
