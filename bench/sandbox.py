"""Measure what a wall costs: its start, and a command inside over the same command outside, beside bare `bwrap` and no wall.

All are run by turns, so that drift hits all alike. Inside, a command measures itself: file calls, forks, and compiling
modules of Python in memory, each by its own processor time and that of its children; the ratio is its median over that
of the same command as a plain child. What a supervisor outside does for a command is in no process of the command's.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.ports.sandbox import Mount, Sandbox, SandboxSpec
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.container.backend import Container
from tamma_core.sandbox.container.docker import find_docker
from tamma_core.sandbox.container.engine import Engine
from tamma_core.sandbox.container.podman import find_podman
from tamma_core.sandbox.control_groups import ControlGroups, find_control_groups
from tamma_core.sandbox.landlock.backend import Landlock
from tamma_core.sandbox.none import NoSandbox
from tamma_core.sandbox.program import find_bubblewrap

from bench.figure import Cell, Figure, Target

TARGET_MS = 30.0
ROUNDS, SLOW_ROUNDS = 60, 12
REPEATS = 5
WARM_UP = 2
PLAIN = "the same as a plain child"
PYTHON = ("/usr/bin/python3", "-I", "-S", "-c")
BARE = (
    *("--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
    *("--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--die-with-parent", "--", "/bin/true"),
)
TIMED = """
import os, resource
def used():
    books = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in books)
began = used()
{work}
print(used() - began)
"""
COMMANDS = {
    "files": (
        "for n in range(10000):\n"
        "    os.stat('/usr/bin/env'); fd = os.open('file', os.O_RDONLY); os.read(fd, 64); os.close(fd)"
    ),
    "forks": "for n in range(300):\n    if os.fork() == 0: os._exit(0)\n    os.wait()",
    "compiling": (
        "import glob\nfor path in sorted(glob.glob(os.path.dirname(os.__file__) + '/email/*.py')):\n"
        "    compile(open(path).read(), path, 'exec')"
    ),
}
ENGINES: dict[str, Callable[[], Awaitable[Engine]]] = {"podman": find_podman, "docker": find_docker}
Run = Callable[[], Awaitable[None]]


def measure() -> Figure:
    """Start every level by turns, then run each command in each."""
    return asyncio.run(_measure())


async def _measure() -> Figure:
    program = await find_bubblewrap()
    found = find_control_groups()
    walls = await _walls(None if isinstance(found, str) else found)
    starts: dict[str, Run] = {
        PLAIN: lambda: _plain("/bin/true"),
        f"bare bwrap {program.version}": lambda: _plain(program.path, *BARE),
        **{name: _starter(wall) for name, wall in walls.items()},
    }
    taken = await _starts(starts)
    ratios = await _ratios(walls)
    rows = [_row(name, taken[name], ratios.get(name)) for name in starts]
    return Figure(
        name="sandbox",
        title="The sandbox",
        how=(
            f"Start: /bin/true to its end, {ROUNDS} times by turns ({SLOW_ROUNDS} for a container); the target is for the "
            "least disturbed. The others: a command inside over the same outside, in processor time, the median of "
            f"{REPEATS}; 40,000 file calls, 300 forks, compiling a package."
        ),
        columns=("level", "start ms, median", "least", "files", "forks", "compiling"),
        rows=rows,
        targets=(
            Target(
                what="start of a command in bubblewrap, undisturbed",
                limit=TARGET_MS,
                measured=min(taken["tamma bubblewrap"]),
                unit="ms",
            ),
        ),
    )


async def _walls(groups: ControlGroups | None) -> dict[str, Sandbox]:
    walls: dict[str, Sandbox] = {"tamma none": NoSandbox(accept_risk=True), "tamma bubblewrap": Bubblewrap()}
    if groups is not None:
        walls["tamma bubblewrap, in control groups"] = Bubblewrap(groups)
    walls["tamma landlock"] = Landlock()
    for name, find in ENGINES.items():
        with suppress(SandboxUnavailable):  # not there, or as docker is for root, not for whom it is asked
            await find()
            walls[f"tamma container ({name})"] = Container(find)
    return walls


async def _plain(*argv: str) -> None:
    process = await asyncio.create_subprocess_exec(*argv, stdin=DEVNULL, stdout=DEVNULL)
    if await process.wait() != 0:
        sys.exit(f"{argv[0]} failed")


def _starter(wall: Sandbox) -> Run:
    spec = SandboxSpec(argv=("/bin/true",), cwd="/", mounts=())

    async def start() -> None:
        result = await (await wall.start(spec)).wait()
        if result.exit_code != 0:
            sys.exit(f"{wall.name} failed: {result}")

    return start


async def _starts(starts: dict[str, Run]) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in starts}
    for number in range(ROUNDS + WARM_UP):
        for name, start in starts.items():
            if "container" in name and number >= SLOW_ROUNDS + WARM_UP:
                continue
            began = time.perf_counter()
            await start()
            if number >= WARM_UP:  # the first ones find the program and fill caches
                taken[name].append((time.perf_counter() - began) * 1000)
    return taken


async def _ratios(walls: dict[str, Sandbox]) -> dict[str, list[float]]:
    """Answer for each level the ratio of each command."""
    ratios: dict[str, list[float]] = {name: [] for name in (PLAIN, *walls)}
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        (path / "file").write_text("x" * 64)
        for work in COMMANDS.values():
            argv = (*PYTHON, TIMED.format(work=work))
            seconds: dict[str, list[float]] = {name: [] for name in ratios}
            for _ in range(REPEATS):
                seconds[PLAIN].append(await _outside(argv, path))
                for name, wall in walls.items():
                    seconds[name].append(await _inside(wall, argv, path))
            outside = statistics.median(seconds[PLAIN])
            for name, values in seconds.items():
                ratios[name].append(statistics.median(values) / outside)
    return ratios


async def _outside(argv: Sequence[str], path: Path) -> float:
    process = await asyncio.create_subprocess_exec(*argv, stdin=DEVNULL, stdout=PIPE, cwd=path)
    return float((await process.communicate())[0])


async def _inside(wall: Sandbox, argv: tuple[str, ...], path: Path) -> float:
    mounts = (Mount(path, str(path), writable=True),)
    process = await wall.start(SandboxSpec(argv=argv, cwd=str(path), mounts=mounts))
    said = b"".join([chunk async for chunk in process.output()])
    await process.wait()
    return float(said)


def _row(name: str, taken: list[float], ratios: list[float] | None) -> tuple[Cell, ...]:
    inside: list[Cell] = ["-"] * len(COMMANDS) if ratios is None else list(ratios)
    return name, statistics.median(taken), min(taken), *inside
