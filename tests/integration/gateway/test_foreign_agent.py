"""An agent that nobody here wrote works in the sandbox, with the gateway as its only way to a model, and stops at the cap."""

from decimal import Decimal
from pathlib import Path

import pytest
from integration.gateway.test_gateway import KEY, MODEL, Place, opened, spent
from integration.verification.conftest import host_path
from tamma_core.ports.sandbox import Mount, ProcessLimits, ProcessResult, SandboxSpec
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path

from bench.model_server import Model, Script
from bench.peers import Peer

pytestmark = pytest.mark.timeout(300)
SEARCH = (
    "echo changed > made; env > environment; cat /proc/[0-9]*/environ > environments; cat /proc/net/dev > devices; "
    f"grep -rls '{KEY[:10]}''{KEY[10:]}' /etc /home /run /tamma /tmp . > found"
)
"""What the agent is made to do first: change a file, and look for the key wherever it can."""


async def run_mini(place: Place, mini: Peer, tree: Path) -> tuple[str, ProcessResult]:
    """Run mini-swe-agent with its whole loop, and its commands, inside; answer what it printed and how it ended."""
    tree.mkdir()
    environment = {"PATH": host_path()}
    spec = SandboxSpec(
        argv=(
            *(str(mini.command("mini")), "-m", f"anthropic/{MODEL}", "-t", "Look around", "-y", "--exit-immediately"),
            *("-l", "0", "--environment-class", "local", "-o", str(tree / "trajectory.json"), "-c", "mini.yaml"),
        ),
        cwd=str(tree),
        mounts=(
            *toolchain_mounts(environment),
            Mount(mini.home, str(mini.home)),
            Mount(tree, str(tree), writable=True),
        ),
        environment={
            "PATH": toolchain_path(environment),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "MSWEA_CONFIGURED": "true",
            "MSWEA_COST_TRACKING": "ignore_errors",
            "MSWEA_MODEL_RETRY_STOP_AFTER_ATTEMPT": "1",  # it would repeat what is said not to be worth repeating
        },
        limits=ProcessLimits(time_s=250),
    )
    process = await Bubblewrap().start(place.admit(spec))
    said = b"".join([chunk async for chunk in process.output()]).decode()
    return said, await process.wait()


def scripted(turns: int) -> Model:
    """Rehearse a model that has the agent search, look at a file, and end."""
    model = Model(script=Script(turns=turns, first=SEARCH))
    model.key = KEY
    return model


async def test_a_foreign_agent_works_without_key_and_network(tmp_path: Path, mini_swe_agent: Peer) -> None:
    """It does its task; each call is told and in the budget to the last token, and nothing that it can read holds the key."""
    tree = tmp_path / "tree"
    async with opened(tmp_path, "anthropic", model=scripted(2)) as place:
        said, ended = await run_mini(place, mini_swe_agent, tree)
        assert ended.exit_code == 0, said
        assert [exchange.status for exchange in place.told] == [200] * len(place.model.requests) == [200] * 3
        money = sum((exchange.cost_usd or Decimal(0) for exchange in place.told), Decimal(0))
        assert await spent(place) == (money, sum(exchange.usage.total_tokens for exchange in place.told))
    assert (tree / "made").read_text() == "changed\n"
    assert (tree / "found").read_text() == ""
    assert "ANTHROPIC_API_KEY=none" in (tree / "environment").read_text()
    assert KEY not in (tree / "environments").read_text() + (tree / "trajectory.json").read_text() + said
    assert [line.split(":")[0].strip() for line in (tree / "devices").read_text().splitlines()[2:]] == ["lo"]


async def test_a_foreign_agent_is_cut_off_at_the_cap(tmp_path: Path, mini_swe_agent: Peer) -> None:
    """The call above the cap does not reach the model, and the agent ends with the reason in its own words."""
    async with opened(tmp_path, "anthropic", cap_usd="0.0125", model=scripted(50)) as place:
        said, ended = await run_mini(place, mini_swe_agent, tmp_path / "tree")
        assert ended.ended_by == "exit"
        assert "Tamma's budget is used up" in " ".join(said.split())
        assert 0 < len(place.model.requests) < 5
        usd, _ = await spent(place)
        assert usd is not None
        assert Decimal(0) < usd <= Decimal("0.0125")
