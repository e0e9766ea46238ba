"""Let a storm rage: `just storm [--long] [--seed N]`."""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from random import SystemRandom

from acceptance.storm.storm import LONG, SHORT, Storm
from msgspec.structs import replace
from services.daemon import interrupt_on_sigterm
from services.gitea import Gitea


def main() -> int:
    """Print what became of each task, and say by the exit code whether anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="100 tasks in place of 6")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6), help="repeat an earlier storm")
    parser.add_argument("--tasks", type=int, help="so many tasks")
    parser.add_argument("--keep", action="store_true", help="keep the data directory and name it")
    wanted = parser.parse_args()
    force = LONG if wanted.long else SHORT
    if wanted.tasks:
        force = replace(force, tasks=wanted.tasks)
    interrupt_on_sigterm()
    started = time.monotonic()
    print(f"seed {wanted.seed}", flush=True)
    data = Path(tempfile.mkdtemp(prefix="storm-"))
    with Gitea() as gitea:
        storm = Storm(wanted.seed, force, gitea, gitea.create_people(), data, tell=partial(print, flush=True))
        report = asyncio.run(storm.rage())
        print("\n".join(report.lines()))
    print(f"{time.monotonic() - started:.0f} s{f'; kept {data}' if wanted.keep else ''}")
    if not wanted.keep:
        shutil.rmtree(data)
    return int(bool(report.wrong or report.crashes or report.leaks))


if __name__ == "__main__":
    sys.exit(main())
