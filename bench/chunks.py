"""Measure a call of 200 chunks through our providers, beside the bare SDKs and plain HTTP."""

import json
import subprocess
import sys

from bench.figure import Figure, Target
from bench.providers import CHUNKS, WAYS, medians

CALLS, ROUNDS = 60, 5
LIMIT = 1.3
NAMES = {"raw": "plain HTTP, the floor", "sdk": "the bare SDK", "tamma": "Tamma's provider"}


def measure() -> Figure:
    """Measure all ways in both dialects, by turns."""
    command = [sys.executable, "-m", "bench.providers", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdout is None or server.stdin is None:
            raise SystemExit("no pipe to the server")
        urls: dict[str, str] = json.loads(server.stdout.readline())
        found = {dialect: medians(dialect, url, CALLS, ROUNDS) for dialect, url in urls.items()}
        server.stdin.close()
    rows = [
        (f"{dialect}: {NAMES[way]}", *ways[way], ways[way][0] / ways["sdk"][0], ways[way][1] / ways["sdk"][1])
        for dialect, ways in found.items()
        for way in WAYS
    ]
    targets = [
        Target(what=f"{dialect}: {what} over the bare SDK's", limit=LIMIT, measured=row, unit="times")
        for dialect, ways in found.items()
        for what, row in (("CPU", ways["tamma"][0] / ways["sdk"][0]), ("wall time", ways["tamma"][1] / ways["sdk"][1]))
    ]
    return Figure(
        name="chunks",
        title=f"A model call of {CHUNKS} chunks",
        how=f"Fresh processes of {CALLS} calls, by turns, median of {ROUNDS}; the server is another process.",
        columns=("way", "CPU ms", "wall ms", "CPU / SDK", "wall / SDK"),
        rows=rows,
        targets=targets,
    )
