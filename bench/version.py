"""Measure how long each program takes to say its version: the floor of every command."""

import sys
import tempfile
from pathlib import Path

from bench.agents import clean_environment
from bench.figure import Figure, Target
from bench.peers import AIDER, MINI, install
from bench.processes import in_turns, median_cpu_s, median_wall_s, run

ROUNDS = 9
LIMIT_S = 0.10


def measure() -> Figure:
    """Run each program in turn."""
    mini, aider = install(MINI), install(AIDER)
    with tempfile.TemporaryDirectory(prefix="tamma-bench-") as home:
        quiet = {"MSWEA_CONFIGURED": "true", "MSWEA_SILENT_STARTUP": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        environment = clean_environment(Path(home)) | quiet
        programs: dict[str, tuple[str | Path, ...]] = {
            "`python -c pass`, the floor": (sys.executable, "-c", "pass"),
            "`tamma --version`": (Path(sys.executable).with_name("tamma"), "--version"),
            "`tamma --help`": (Path(sys.executable).with_name("tamma"), "--help"),
            "`mini --help`, mini-swe-agent 2.4.6 (it has no `--version`)": (mini.command("mini"), "--help"),
            "`aider --version`, aider 0.86.2": (aider.command("aider"), "--version"),
        }
        runs = {name: (lambda argv=argv: run(argv, environment=environment)) for name, argv in programs.items()}
        costs = in_turns(runs, ROUNDS)
    rows = [(name, median_cpu_s(one), median_wall_s(one)) for name, one in costs.items()]
    return Figure(
        name="version",
        title="The command answers",
        how=f"Whole processes, by turns, median of {ROUNDS}.",
        columns=("program", "CPU s", "wall s"),
        rows=rows,
        targets=(Target(what="`tamma --version`, CPU", limit=LIMIT_S, measured=rows[1][1], unit="s"),),
    )
