"""What commands of the set-up sent out, and what was not let out, stands in the journal that the engine wrote."""

import asyncio
import shlex
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest
from integration.egress.test_way_out import FETCH, NAME, Nearby, serve
from msgspec.structs import replace
from rehearsal import project
from rehearsal.hosted import Enough, hosting
from rehearsal.project import GOOD
from rehearsal.script import Turn
from rehearsal.world import SETTINGS
from tamma_core.domain.authority import Authority
from tamma_core.domain.events import NetworkUsed
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import SetupNetwork, StepName
from tamma_core.egress.policy import EgressPolicy
from tamma_core.egress.proxy import EgressProxy

UNTRIED = [turn for turn in GOOD if turn is not GOOD[1] and turn is not GOOD[3]]
"""The repair by an agent that never runs the tests."""


async def verified(state: TaskState) -> None:
    """See enough once the change was verified."""
    if state.verified is not None:
        raise Enough


@pytest.mark.parametrize(
    ("turns", "step"), [(GOOD, StepName.IMPLEMENT), (UNTRIED, StepName.VERIFY)], ids=["the agent", "the verification"]
)
async def test_the_journal_tells_what_went_out_and_what_did_not(
    tmp_path: Path, turns: Sequence[Turn], step: StepName
) -> None:
    """Whoever has the dependencies set up first, every host that was reached and every one that was not is told once."""
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        registry = Authority(NAME, server.sockets[0].getsockname()[1])
        policy = EgressPolicy(hosts=frozenset({registry}), networks=(ip_network("127.0.0.1/32"),))
        fetch = shlex.join(["python3", "-c", FETCH])
        set_up = f"{fetch} http://{registry}/ && ! {fetch} http://evil.example.org/"
        settings = replace(SETTINGS, setup_network=SetupNetwork.PROXY, setup_command=shlex.join(["sh", "-c", set_up]))
        async with hosting(tmp_path, project.repairing(turns), egress=EgressProxy(policy, Nearby())) as story:
            story.on_state.append(verified)
            state = await story.play(settings)
            assert state.verified is not None, state.parked
            assert state.verified.report.green
            told = [event for event in await story.journal(state) if isinstance(event, NetworkUsed)]
    assert [(event.step, event.network) for event in told] == [(step, SetupNetwork.PROXY)]
    (traffic,) = [event.traffic for event in told]
    assert [(host.host, host.received_bytes > 0) for host in traffic.passed] == [(str(registry), True)]
    assert [(one.target, one.reason) for one in traffic.refused] == [
        ("http://evil.example.org/", "is not on the list of package hosts")
    ]
