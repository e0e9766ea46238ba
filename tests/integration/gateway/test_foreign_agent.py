"""An agent that nobody here wrote works in the sandbox, with the gateway as its only way to a model, and stops at the cap."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from integration.gateway.test_gateway import HIDDEN, KEY, MODEL, Place, opened, spent, whole_texts
from integration.verification.conftest import host_path
from msgspec.structs import replace
from rehearsal import world as rehearsed
from rehearsal.world import World
from tamma_cli.transcript import read_turns, readable
from tamma_core.domain.agent import AgentEvent, AgentFinished, AgentRole, Brief, FinishReason, ModelAsked
from tamma_core.domain.events import StepStarted, TrafficRecorded
from tamma_core.domain.ids import TaskId
from tamma_core.domain.task import Limits, StepName
from tamma_core.engine.agent_run import run_agent
from tamma_core.engine.step import StepContext
from tamma_core.engine.steps.implement import ChangeSummary
from tamma_core.guards.known_values import KnownValues
from tamma_core.guards.policy import GuardPolicy
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.budget import Scope
from tamma_core.ports.coding_agent import AgentWorkspace
from tamma_core.ports.sandbox import Mount, Process, ProcessLimits, ProcessResult, SandboxSpec
from tamma_core.ports.tape import rolled
from tamma_core.record.batch import read_batch
from tamma_core.record.playing import Playing
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path
from tamma_core.workspace.agent_tree import AgentSetting, AgentTree
from tamma_core.workspace.layout import TaskDirectory
from tamma_providers.gateway.gateway import Admit, Gateway
from tamma_providers.gateway.metering import Meter
from tamma_providers.testing.serving import serving
from tamma_store.store import Store

from bench.model_server import Model, Script
from bench.peers import Peer

pytestmark = pytest.mark.timeout(300)
SEARCH = (
    "echo changed > made; env > environment; cat /proc/[0-9]*/environ > environments; cat /proc/net/dev > devices; "
    f"grep -rls '{KEY[:10]}''{KEY[10:]}' /etc /home /run /tamma /tmp . > found"
)
"""What the agent is made to do first: change a file, and look for the key wherever it can."""


def command(mini: Peer, tree: str, *, model: str, task: str) -> tuple[str, ...]:
    """Write the command of mini-swe-agent with its whole loop, and its commands, inside."""
    return (
        *(str(mini.command("mini")), "-m", f"anthropic/{model}", "-t", task, "-y", "--exit-immediately"),
        *("-l", "0", "--environment-class", "local", "-o", f"{tree}/trajectory.json", "-c", "mini.yaml"),
    )


HABITS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "MSWEA_CONFIGURED": "true",
    "MSWEA_COST_TRACKING": "ignore_errors",
    "MSWEA_MODEL_RETRY_STOP_AFTER_ATTEMPT": "1",  # it would repeat what is said not to be worth repeating
}


async def run_mini(place: Place, mini: Peer, tree: Path) -> tuple[str, ProcessResult]:
    """Run mini-swe-agent; answer what it printed and how it ended."""
    tree.mkdir()
    environment = {"PATH": host_path()}
    spec = SandboxSpec(
        argv=command(mini, str(tree), model=MODEL, task="Look around"),
        cwd=str(tree),
        mounts=(
            *toolchain_mounts(environment),
            Mount(mini.home, str(mini.home)),
            Mount(tree, str(tree), writable=True),
        ),
        environment={"PATH": toolchain_path(environment), **HABITS},
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


class Tree(AgentTree):
    """A tree that holds a secret, and no tests."""

    async def run_tests(self, selection: Sequence[str]) -> str:
        """Answer that there are none."""
        raise AssertionError(selection)


def planted(root: Path, mini: Peer) -> Tree:
    """Make a tree in which mini-swe-agent can run."""
    directory = TaskDirectory(root / "task", root / "cache", own_paths=False)
    for path in (directory.tree, directory.objects, directory.cache / "objects"):
        path.mkdir(parents=True)
    (directory.tree / "settings").write_text(f"token = {HIDDEN}\n")
    environment = {"PATH": host_path()}
    mounts = (*toolchain_mounts(environment), Mount(mini.home, str(mini.home)))
    setting = AgentSetting(mounts=mounts, environment={"PATH": toolchain_path(environment), **HABITS})
    return Tree(directory, Bubblewrap(), setting)


@dataclass
class Mini:
    """Mini-swe-agent as the engine's agent."""

    mini: Peer
    gateway: Gateway

    async def run(
        self, brief: Brief, workspace: AgentWorkspace, limits: Limits, checkpoint: Sequence[AgentEvent]
    ) -> AsyncGenerator[AgentEvent, None]:
        """Yield its calls, and an end."""
        assert not checkpoint

        async def work(admit: Admit) -> None:
            argv = command(self.mini, "/tmp", model=rehearsed.MODEL, task=brief.task)
            process = await workspace.start(admit(workspace.spec(argv, writable=True, time_s=limits.wall_s)))
            await process.wait()

        async with aclosing(self.gateway.reports(brief.task, work)) as reports:
            async for report in reports:
                yield report
        yield AgentFinished(reason=FinishReason.DONE, result={"summary": "done"})


BRIEF = Brief(role=AgentRole.IMPLEMENT, system="", task="Look around", result=ChangeSummary, writable=True)


@asynccontextmanager
async def journaling(root: Path, model: Model, mini: Peer, *, cap_usd: str) -> AsyncIterator[tuple[World, StepContext]]:
    """Open a world with mini-swe-agent as its agent, and a task in the step in which an agent works."""
    guard = GuardPolicy(known_secrets=KnownValues([KEY, HIDDEN]))
    async with serving(model.app) as url:
        where = rehearsed.Place(data=root / "data", forge_url=url, forge_token="none", model_url=url, model_key=KEY)
        async with rehearsed.world(where, guard=guard) as the:
            ports, mask = the.ports, Redactor(guard.known_secrets).mask
            choice = await ports.models.for_role(AgentRole.IMPLEMENT)

            def agent(scopes: Sequence[Scope]) -> Mini:
                return Mini(mini, Gateway([choice], Meter(the.store.budget, lambda: scopes), mask=mask))

            limits = Limits(cost_usd=Decimal(cap_usd), wall_s=250)
            task = await the.submit("owner/project", 1, replace(rehearsed.SETTINGS, limits=limits))
            lease = await ports.journal.claim(task, owner="test", ttl_s=300)
            state = await the.engine.state(task)
            ctx = StepContext(replace(ports, agent=agent), lambda: lease, state)
            await ctx.record(StepStarted(step=StepName.IMPLEMENT, attempt=1))
            yield the, ctx


class Nowhere(Tree):
    """A tree in which nothing can be run."""

    async def start(self, spec: SandboxSpec) -> Process:
        """Fail: a replay runs no agent."""
        raise AssertionError(spec)


async def replayed(store: Store, ctx: StepContext) -> list[AgentEvent]:
    """Run the agent again with nothing but the record of its task."""
    events = await store.journal.read(ctx.state.task.id, types=frozenset({"traffic_recorded"}))
    records = [await store.blobs.get(item.event.record) for item in events if isinstance(item.event, TrafficRecorded)]
    heard = [read_batch(data, task=ctx.state.task.id, epoch=1, number=number) for number, data in enumerate(records)]
    batches = [replace(one, exchanges=tuple(had for had in one.exchanges if had.what == "agent")) for one in heard]
    nowhere = Nowhere(TaskDirectory(Path("/none"), Path("/none"), own_paths=False), Bubblewrap(), AgentSetting())
    with rolled(Playing(batches, store.blobs, Redactor([KEY, HIDDEN]))):
        return [report async for report in ctx.ports.agent([]).run(BRIEF, nowhere, Limits(), [])]


async def calls(store: Store, task: TaskId) -> list[ModelAsked]:
    """Read an agent's calls from the journal."""
    turns = [report for _, report in await read_turns(store.journal, store.blobs, task)]
    assert isinstance(turns[-1], AgentFinished)
    found = [report for report in turns if isinstance(report, ModelAsked)]
    assert len(found) == len(turns) - 1
    return found


@pytest.mark.parametrize(("cap_usd", "statuses"), [("5", [200, 200, 200]), ("0.128", [200, 402])])
async def test_its_calls_are_in_the_journal(
    tmp_path: Path, mini_swe_agent: Peer, cap_usd: str, statuses: list[int]
) -> None:
    """The journal lists exactly its calls, one commit each, to the byte as the model was sent them, without any secret."""
    model = Model(script=Script(turns=2, first="cat settings"))
    async with journaling(tmp_path, model, mini_swe_agent, cap_usd=cap_usd) as (the, ctx):
        await run_agent(ctx, StepName.IMPLEMENT, BRIEF, planted(tmp_path, mini_swe_agent), attempt=1)
        store, task = the.store, ctx.state.task.id
        told = await calls(store, task)
        assert [report.status for report in told] == statuses
        asked = whole_texts([report.request for report in told if report.model])
        assert asked == [request.body.decode() for request in model.requests]
        positions = [item.position for item in await store.journal.read(task, types=frozenset({"turn_recorded"}))]
        assert len(set(positions)) == len(told) + 1
        assert ctx.state.cost_usd == (await store.budget.spent(f"task:{task}")).usd
        assert await replayed(store, ctx) == [
            report for _, report in await read_turns(store.journal, store.blobs, task)
        ]
        shown = "\n".join(readable(await read_turns(store.journal, store.blobs, task)))
    assert "cat settings" in shown
    assert all(report.answer in shown for report in told)
    assert KEY not in shown
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert b"cat settings" in kept
    assert not [secret for secret in (KEY, HIDDEN) if secret.encode() in kept]
