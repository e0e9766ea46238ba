"""What podman of an ordinary user has to keep; `test_rootless.py` runs it as one."""

from pathlib import Path
from typing import ClassVar

import pytest
from contract.sandbox.harness import dies_with_its_harness
from contract.sandbox.weakened import weakenings
from tamma_core.ports.sandbox import Sandbox
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.container.backend import Container
from tamma_core.sandbox.container.podman import find_podman
from tamma_core.testing.sandbox_contract import WallContract


class TestRootless(WallContract):
    gaps: ClassVar = {
        "test_hides_the_system_s_secrets": "/sys is there, and empty but for a name",
        "test_cannot_read_the_system_s_secrets": "the name of an empty /sys/fs/cgroup is there",
    }

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return Container(find_podman)


TAKEN_OUT = weakenings(find_podman)


@pytest.mark.parametrize("name", TAKEN_OUT)
async def test_attack_gets_through_without_its_defence(name: str) -> None:
    """The report sees the hole that was made, by the attack's own success."""
    assert await TAKEN_OUT[name].got_through(name)


async def test_dies_with_the_harness(workspace: Path) -> None:
    """SIGKILL of the harness ends everything inside: the lock that a daemon held there comes free."""
    assert await dies_with_its_harness(Container, workspace, find_podman)


async def test_bubblewrap_holds_for_an_ordinary_user_too() -> None:
    """What an ordinary user has in namespaces of its own is not taken for the host's."""
    report = await Bubblewrap().prove()
    assert {attack.name: attack.detail for attack in report.attacks if not attack.held} == {}
