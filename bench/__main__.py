"""Run the measurements: `python -m bench [NAME …] [--json] [--page FILE]`; without a name, all that have targets."""

import argparse
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure
from bench.machine import describe
from bench.screen import say

FIGURES = ("version", "imports", "turns", "prefix", "chunks", "memory", "sandbox")
"""Each is a module whose `measure` answers a figure."""
PARTS = ("store", "workspace", "providers")
"""Each is a program that prints its own text, about one part of Tamma."""
INTRODUCTION = """# Benchmarks
Written by `just bench --page docs/benchmarks.md`. Every figure stands beside a peer, or beside the floor, measured in the same run.
Processor time is of whole processes with all that they started; on a shared machine it is the figure to trust, and wall time is not.
"""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(FIGURES)}; or {', '.join(PARTS)}")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    parser.add_argument("--page", type=Path, metavar="FILE", help="also write a page of the docs")
    wanted = parser.parse_args()
    for name in wanted.names:
        if name not in (*FIGURES, *PARTS):
            parser.error(f"there is no measurement `{name}`; choose from: {', '.join((*FIGURES, *PARTS))}")
    return wanted


def figures(names: list[str]) -> Iterator[Figure]:
    """Measure one after the other."""
    for name in names:
        say(f"measuring {name} …")
        began = time.monotonic()
        figure: Figure = importlib.import_module(f"bench.{name}").measure()
        say(f"{name} took {time.monotonic() - began:.0f} s")
        yield figure


def main() -> None:
    """Measure and print; a missed target is said, not an error."""
    wanted = arguments()
    machine = describe()
    names = wanted.names or list(FIGURES)
    print(json.dumps({"machine": machine}) if wanted.json else f"Machine: {machine}.\n", flush=True)
    sections = []
    for figure in figures([name for name in names if name in FIGURES]):
        sections.append("\n".join(figure.markdown()))
        print(json.dumps(figure.json()) if wanted.json else f"{sections[-1]}\n", flush=True)
    if wanted.page is not None:
        wanted.page.write_text("\n".join([INTRODUCTION, f"Machine: {machine}.\n", "\n\n".join(sections), ""]))
    for name in (name for name in names if name in PARTS):
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False)


if __name__ == "__main__":
    main()
