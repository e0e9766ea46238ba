"""Docker makes the wall where there is no podman: for an ordinary user, with a daemon of this machine."""

import json
import sys
from pathlib import Path

import pytest
from contract.sandbox.harness import ENGINES_OWN
from services.docker import Docker
from tamma_core.sandbox.attack_script import ATTACKS

SUITE = Path(__file__).with_name("docker_suite.py")
ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(300)
def test_keeps_the_contract_for_an_ordinary_user(docker: Docker) -> None:
    """What the engine has a part in holds, with the daemon's root on the other side."""
    options = (
        "-q",
        "-k",
        ENGINES_OWN,
        "-p",
        "no:cacheprovider",
        f"--rootdir={ROOT}",
        f"--basetemp={docker.home / 'tests'}",
    )
    ended = docker.run_as_member(sys.executable, "-m", "pytest", *options, str(SUITE), path="/usr/bin:/bin")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_doctor_names_it(docker: Docker) -> None:
    """Where there is no podman it is taken, all attacks are withstood, and who made the wall is told."""
    words = ("-m", "tamma", "doctor", "--json", "--sandbox", "container")
    ended = docker.run_as_member(sys.executable, *words)
    assert ended.stdout, ended.stderr
    walls = {wall["level"]: wall for wall in json.loads(ended.stdout)["sandbox"]}
    assert walls["container"]["why"] == "asked for, and it holds, made by docker"
    assert {attack["name"] for attack in walls["container"]["attacks"] if attack["held"]} == set(ATTACKS)
