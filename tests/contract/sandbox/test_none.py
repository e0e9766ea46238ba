"""Without a sandbox the bounds of a process hold as far as they can, and the report says what does not."""

import signal
from pathlib import Path

import pytest
from contract.sandbox.harness import dies_with_its_harness
from tamma_core.domain.errors import InvalidInput, SandboxUnavailable
from tamma_core.ports.sandbox import Mount, Sandbox, SandboxSpec
from tamma_core.sandbox.attack_script import ATTACKS
from tamma_core.sandbox.none import NoSandbox
from tamma_core.sandbox.opening import open_sandbox
from tamma_core.testing.sandbox_contract import ProcessContract


class TestNoSandbox(ProcessContract):
    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return NoSandbox(accept_risk=True)


async def test_report_is_honest() -> None:
    """Every attack gets through but three that need no wall, also the one on the system's files where the user may write them."""
    report = await NoSandbox(accept_risk=True).prove()
    assert [attack.name for attack in report.attacks if attack.held] == [
        "inherit a descriptor",
        "outlive the command",
        "multiply without end",
    ]
    assert {attack.name for attack in report.attacks} == set(ATTACKS)


async def test_needs_the_word() -> None:
    """Neither the class nor the factory gives up the wall unasked."""
    with pytest.raises(SandboxUnavailable):
        NoSandbox(accept_risk=False)
    with pytest.raises(SandboxUnavailable):
        await open_sandbox("none")
    assert (await open_sandbox("none", accept_none=True)).name == "none"


async def test_refuses_what_only_a_wall_can_show(tmp_path: Path) -> None:
    """A mount at another place would be missing; the command is refused rather than run without it."""
    spec = SandboxSpec(argv=("true",), cwd="/", mounts=(Mount(tmp_path, "/elsewhere"),))
    with pytest.raises(InvalidInput, match="elsewhere"):
        await NoSandbox(accept_risk=True).start(spec)


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
async def test_dies_with_the_harness(tmp_path: Path, by: signal.Signals) -> None:
    """Also without a wall: a signal to the harness and its group, as a terminal sends, leaves no daemon behind."""
    assert await dies_with_its_harness(unwalled, tmp_path, by=by)


def unwalled() -> Sandbox:
    return NoSandbox(accept_risk=True)
