"""A harness of its own process, to be killed while its command holds a lock."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from tamma_core.ports.sandbox import Sandbox, SandboxSpec
from tamma_core.sandbox.container.engine import Engine
from tamma_core.testing.sandbox_contract import locked

# What counts, and most of what ends a command, is one code for all engines, which `test_container.py` looks at.
_SHARED = (
    *("tells_a_missing", "tells_processor", "tells_what", "tells_how_many", "tells_the_command", "counts_children"),
    *("by_disk", "by_processes", "by_memory_that", "inode_flood", "bounds_one_file", "wait_drops", "shared_pages"),
    *("forks_are", "moves_files", "refuses_a_mount", "input_is_empty", "builtins", "do_not_disturb"),
)
ENGINES_OWN = " and ".join(f"not {name}" for name in _SHARED)
"""Chooses the tests of what the engine has a part in."""
_PROGRAM = """
import asyncio, sys
from importlib import import_module
from pathlib import Path
from tamma_core.ports.sandbox import Mount, SandboxSpec

async def main(workspace, *names):
    backend, *parts = (getattr(import_module(module), name) for module, _, name in (named.partition(":") for named in names))
    spec = SandboxSpec(
        argv=("sh", "-c", "setsid flock lock sh -c 'echo held; sleep 60' & wait"),
        cwd=workspace, mounts=(Mount(Path(workspace), workspace, writable=True),), environment={"PATH": "/usr/bin:/bin"},
    )
    async for chunk in (await backend(*parts).start(spec)).output():
        print(chunk.decode(), end="", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def children() -> set[str]:
    """Name this process's children, those that ended and were not reaped among them; services of other tests may be there."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


async def dies_with_its_harness(
    backend: Callable[..., Sandbox],
    workspace: Path,
    *parts: Callable[[], Awaitable[Engine]],
    by: signal.Signals = signal.SIGKILL,
) -> bool:
    """End a harness and its process group, and tell whether the lock that a daemon held inside comes free; the backend is made of the parts."""
    names = (f"{part.__module__}:{part.__qualname__}" for part in (backend, *parts))
    modules = os.pathsep.join(sys.path)
    harness = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PROGRAM, str(workspace), *names),
        env={**os.environ, "PYTHONPATH": modules},
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert harness.stdout is not None
    assert await harness.stdout.readline() == b"held\n"
    assert locked(workspace / "lock")
    os.killpg(harness.pid, by)
    await harness.wait()
    waiter = await asyncio.create_subprocess_exec("flock", "--timeout", "5", str(workspace / "lock"), "true")
    return await waiter.wait() == 0


async def keeps_its_files(backend: Callable[..., Sandbox], *parts: Callable[[], Awaitable[Engine]]) -> bool:
    """Tell whether a command finds its own /etc after the sandbox that started it was dropped."""
    late = ("sh", "-c", "sleep 0.5; exec cat /etc/nsswitch.conf")
    process = await backend(*parts).start(SandboxSpec(argv=late, cwd="/tmp", mounts=()))
    gc.collect()
    return (await process.wait()).exit_code == 0
