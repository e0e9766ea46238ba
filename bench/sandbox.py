"""Measure what the sandbox costs, beside bare `bwrap` (the floor) and no wall at all, in one run.

Start: median, 90th percentile and least of `--rounds` runs of /bin/true, in turns so that drift hits all alike.
Files: 40,000 calls of stat, open and read inside and outside, the median of five; forks: 300, likewise. Then both as a ratio
over no wall.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tamma_core.ports.sandbox import Mount, Sandbox, SandboxSpec
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.landlock.backend import Landlock
from tamma_core.sandbox.none import NoSandbox
from tamma_core.sandbox.program import find_bubblewrap

TARGET_MS = 30.0
WARM_UP = 3
FILE_CALLS = """
import os, time
began = time.perf_counter()
for n in range(10000):
    os.stat('/usr/bin/env'); fd = os.open('file', os.O_RDONLY); os.read(fd, 64); os.close(fd)
print(time.perf_counter() - began)
"""
FORKS = """
import os, time
began = time.perf_counter()
for n in range(300):
    if os.fork() == 0: os._exit(0)
    os.wait()
print(time.perf_counter() - began)
"""
BARE = (
    *("--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
    *("--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--die-with-parent", "--", "/bin/true"),
)


async def main() -> int:
    """Print the figures as JSON; answer 1 when the start is slower than its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    rounds: int = parser.parse_args().rounds
    program = await find_bubblewrap()
    walls: tuple[Sandbox, ...] = (Bubblewrap(), Landlock(), NoSandbox(accept_risk=True))
    starts: dict[str, Callable[[], Awaitable[None]]] = {
        "plain exec": lambda: _plain("/bin/true"),
        f"bare bwrap {program.version}": lambda: _plain(program.path, *BARE),
        **{f"tamma {wall.name}": _starter(wall) for wall in walls},
    }
    start_ms = await _starts(starts, rounds)
    files = await _files(walls)
    forks = await _inside(walls, FORKS)
    print(json.dumps({"start_ms": start_ms, "file_calls_40k_s": files, "forks_300_s": forks}, indent=2))
    print(json.dumps({"over_none": {"file_calls": _ratios(files), "forks": _ratios(forks)}}, indent=2))
    return int(start_ms["tamma bubblewrap"]["median"] > TARGET_MS)


async def _plain(*argv: str) -> None:
    process = await asyncio.create_subprocess_exec(*argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if await process.wait() != 0:
        sys.exit(f"{argv[0]} failed")


def _starter(wall: Sandbox) -> Callable[[], Awaitable[None]]:
    spec = SandboxSpec(argv=("/bin/true",), cwd="/", mounts=())

    async def start() -> None:
        result = await (await wall.start(spec)).wait()
        if result.exit_code != 0:
            sys.exit(f"{wall.name} failed: {result}")

    return start


async def _starts(starts: dict[str, Callable[[], Awaitable[None]]], rounds: int) -> dict[str, dict[str, float]]:
    taken: dict[str, list[float]] = {name: [] for name in starts}
    for number in range(rounds + WARM_UP):
        for name, start in starts.items():
            began = time.perf_counter()
            await start()
            if number >= WARM_UP:  # the first ones find the program and fill caches
                taken[name].append((time.perf_counter() - began) * 1000)
    return {
        name: {
            "median": round(statistics.median(values), 2),
            "p90": round(statistics.quantiles(values, n=10)[8], 2),
            "least": round(min(values), 2),
        }
        for name, values in taken.items()
    }


def _ratios(taken: dict[str, float]) -> dict[str, float]:
    """Answer each wall's time over that of the same command without a wall."""
    return {name: round(seconds / taken["tamma none"], 2) for name, seconds in taken.items()}


async def _files(walls: tuple[Sandbox, ...]) -> dict[str, float]:
    return await _inside(walls, FILE_CALLS)


async def _inside(walls: tuple[Sandbox, ...], code: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        (path / "file").write_text("x" * 64)
        spec = SandboxSpec(
            argv=("/usr/bin/python3", "-I", "-S", "-c", code),
            cwd=str(path),
            mounts=(Mount(path, str(path), writable=True),),
        )
        return {
            f"tamma {wall.name}": statistics.median([await _file_calls(wall, spec) for _ in range(5)]) for wall in walls
        }


async def _file_calls(wall: Sandbox, spec: SandboxSpec) -> float:
    process = await wall.start(spec)
    said = b"".join([chunk async for chunk in process.output()])
    await process.wait()
    return round(float(said), 4)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
