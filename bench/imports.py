"""Measure what importing the engine and one provider costs over the bare SDK, which the provider imports at its first use."""

import sys

from bench.figure import Figure, Target
from bench.processes import in_turns, median_cpu_s, median_wall_s, run

ROUNDS = 7
LIMIT_S = 0.15
_ENGINE = "import tamma_core.engine.assembly, tamma_core.engine.engine"
_SDK = {"anthropic": "from anthropic import AsyncAnthropic", "openai": "from openai import AsyncOpenAI"}
_PROVIDER = "import tamma_providers.registry, tamma_providers.{name}.adapter"


def measure() -> Figure:
    """Import in fresh interpreters, by turns."""
    programs = {"`pass`": "pass", "engine alone": _ENGINE}
    for name, bare in _SDK.items():
        programs[f"{name}: bare SDK"] = bare
        programs[f"{name}: engine, provider and SDK"] = f"{_ENGINE}\n{_PROVIDER.format(name=name)}\n{bare}"
    runs = {name: (lambda code=code: run((sys.executable, "-c", code))) for name, code in programs.items()}
    costs = in_turns(runs, ROUNDS)
    for name, one in costs.items():
        if any(cost.exit_code for cost in one):
            raise SystemExit(f"{name}: the import failed")
    cpu = {name: median_cpu_s(one) for name, one in costs.items()}
    targets = [
        Target(
            what=f"{name}: engine and provider over the bare SDK, CPU",
            limit=LIMIT_S,
            measured=cpu[f"{name}: engine, provider and SDK"] - cpu[f"{name}: bare SDK"],
            unit="s",
        )
        for name in _SDK
    ]
    return Figure(
        name="imports",
        title="Imports",
        how=f"Fresh interpreters, by turns, median of {ROUNDS}.",
        columns=("imported", "CPU s", "wall s"),
        rows=[(name, cpu[name], median_wall_s(one)) for name, one in costs.items()],
        targets=targets,
    )
