"""Count the requests that do not extend the one before byte for byte, and how much of the input a prompt cache would hold.

One long run of each agent on the same turns, ours with a window so small that its history must be rewritten on the way.
"""

import asyncio
import tempfile
from pathlib import Path

from tamma_core.sandbox.program import find_bubblewrap

from bench.agents import Mini, Tamma, make_repository, model_server
from bench.figure import Figure, Target
from bench.peers import MINI, install

TURNS = 80
OUTPUT_CHARS = 2000
WINDOW = 32_768
REWRITES = {"masked": 1, "summarised": 2}
"""Requests that a compaction breaks: masking one; a summary is asked for by one and begins another history."""


def measure() -> Figure:
    """Run each agent once; nothing here is a time."""
    install(MINI)
    with tempfile.TemporaryDirectory(prefix="tamma-bench-") as directory, model_server() as server:
        home = Path(directory)
        repository = make_repository(home / "repository")
        rows: list[tuple[str | int | float, ...]] = []
        outside = 0
        for name, window in (
            (f"`tamma run`, window of {WINDOW:,} tokens", WINDOW),
            ("`tamma run`, large window", 400_000),
        ):
            ours = Tamma(home=home / "tamma", url=server.url, window=window)
            server.begin(TURNS, output_chars=OUTPUT_CHARS)
            ours.run(repository)
            compactions = asyncio.run(ours.compactions())
            counts = server.counts()
            broken = counts.not_extending - sum(REWRITES[method] for method in compactions)
            outside += broken
            share = counts.cached_tokens / counts.input_tokens
            rows.append((name, counts.requests, len(compactions), broken, counts.input_tokens, share))
        bubblewrap = asyncio.run(find_bubblewrap()).path
        server.begin(TURNS, output_chars=OUTPUT_CHARS)
        Mini(home=home / "mini", url=server.url, bubblewrap=bubblewrap).run(repository)
        counts = server.counts()
        share = counts.cached_tokens / counts.input_tokens
        name = f"`mini`, mini-swe-agent 2.4.6 ({counts.changed_in_meaning} change what was said, not only its bytes)"
        rows.append((name, counts.requests, 0, counts.not_extending, counts.input_tokens, share))
    return Figure(
        name="prefix",
        title="Requests that extend each other",
        how=f"{TURNS} turns with {OUTPUT_CHARS:,} characters of output each; the cache is accounted for as the vendor does.",
        columns=(
            "program",
            "requests",
            "compactions",
            "not extending, outside those",
            "input tokens",
            "cached / input",
        ),
        rows=rows,
        targets=(Target(what="requests that do not extend the last one", limit=0, measured=outside, unit="requests"),),
    )
