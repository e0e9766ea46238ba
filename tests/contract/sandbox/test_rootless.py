"""Podman makes the wall for an ordinary user too, by a range of users that are the user's own."""

import sys
from pathlib import Path

import pytest
from contract.sandbox.harness import ENGINES_OWN
from services.ordinary_user import ROOT, OrdinaryUser

SUITE = Path(__file__).with_name("rootless_suite.py")


@pytest.mark.timeout(400)
@pytest.mark.needs("rootless podman")
def test_keeps_the_contract_without_root(ordinary_user: OrdinaryUser) -> None:
    """What the engine has a part in holds, all attacks on the wall among it, though nobody here is root."""
    options = (
        "-q",
        "-k",
        ENGINES_OWN,
        "-p",
        "no:cacheprovider",
        f"--rootdir={ROOT}",
        f"--basetemp={ordinary_user.home / 'tests'}",
    )
    ended = ordinary_user.run(sys.executable, "-m", "pytest", *options, str(SUITE))
    assert ended.returncode == 0, ended.stdout + ended.stderr
