"""Measure what the harness adds to each turn, beside mini-swe-agent on the same turns.

Both speak HTTP to one scripted model on loopback, both run the same commands in bubblewrap, both as whole programs.
Two lengths are run, and the difference divided by the turns between them: start-up and the rest of the task cancel out.
"""

import asyncio
import tempfile
from functools import partial
from pathlib import Path

from tamma_core.sandbox.program import find_bubblewrap

from bench.agents import Mini, ModelServer, Tamma, make_repository, model_server
from bench.figure import Figure, Target
from bench.peers import MINI, install
from bench.processes import Cost, in_turns

SHORT, LONG = 5, 45
ROUNDS = 7
NAMES = {Tamma: "`tamma run`", Mini: "`mini`, mini-swe-agent 2.4.6"}


def measure() -> Figure:
    """Run both agents at both lengths, by turns."""
    install(MINI)
    with tempfile.TemporaryDirectory(prefix="tamma-bench-") as directory, model_server() as server:
        home = Path(directory)
        repository = make_repository(home / "repository")
        bubblewrap = asyncio.run(find_bubblewrap()).path
        agents = (
            Tamma(home=home / "tamma", url=server.url),
            Mini(home=home / "mini", url=server.url, bubblewrap=bubblewrap),
        )
        runs = {
            f"{NAMES[type(agent)]} {turns}": partial(_run, server, agent, repository, turns)
            for turns in (SHORT, LONG)
            for agent in agents
        }
        costs = in_turns(runs, ROUNDS)
    rows = [_row(name, costs[f"{name} {SHORT}"], costs[f"{name} {LONG}"]) for name in NAMES.values()]
    ours, theirs = rows
    return Figure(
        name="turns",
        title="A turn of the agent",
        how=(
            f"Whole programs of {SHORT} and {LONG} turns, by turns, {ROUNDS} times each; a turn is the difference of "
            f"the least disturbed runs over {LONG - SHORT}. The model answers at once."
        ),
        columns=("program", "CPU ms a turn", "wall ms a turn", f"CPU s, {SHORT} turns", f"CPU s, {LONG} turns"),
        rows=rows,
        targets=(
            Target(what="CPU of a turn, against mini-swe-agent's", limit=theirs[1], measured=ours[1], unit="ms"),
            Target(what="wall time of a turn, against mini-swe-agent's", limit=theirs[2], measured=ours[2], unit="ms"),
        ),
    )


def _run(server: ModelServer, agent: Tamma | Mini, repository: Path, turns: int) -> Cost:
    server.begin(turns)
    cost = agent.run(repository)
    if (done := server.counts().turns) != turns:
        said = (agent.home / "log").read_text(errors="replace")[-2000:]
        raise SystemExit(f"{type(agent).__name__} did {done} turns of {turns}:\n{said}")
    return cost


def _row(name: str, short: list[Cost], long: list[Cost]) -> tuple[str, float, float, float, float]:
    """Compare the least disturbed runs: medians of wall time differ by more than what is measured when others work too."""
    cpu = [min(cost.cpu_s for cost in costs) for costs in (short, long)]
    wall = [min(cost.wall_s for cost in costs) for costs in (short, long)]
    turns = LONG - SHORT
    return name, 1000 * (cpu[1] - cpu[0]) / turns, 1000 * (wall[1] - wall[0]) / turns, cpu[0], cpu[1]
