"""Take the host's device nodes out of the reach of a container whose user owns them: their owner may change a mode.

An engine that numbers users anew shows the host's own nodes, on top of whatever else is asked for.
"""

import asyncio
import sys

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.sandbox.own_devices import NODES, owns_devices

_SEAL = """
import ctypes, os, sys
NEW_MOUNTS, HOW = 0x20000, 0x1 | 0x2 | 0x8 | 0x20 | 0x1000  # read-only, without suid and programs, of the mount alone
libc = ctypes.CDLL(None, use_errno=True)
process, *nodes = sys.argv[1:]
failed = libc.setns(os.open(f"/proc/{process}/ns/mnt", os.O_RDONLY), NEW_MOUNTS)
for node in nodes:
    failed = failed or libc.mount(None, node.encode(), None, ctypes.c_ulong(HOW), None)
sys.exit(os.strerror(ctypes.get_errno()) if failed else 0)
"""


async def seal_devices(first: int) -> None:
    """Make the nodes read-only in a container whose first process waits; raise `SandboxUnavailable` where that fails."""
    if not owns_devices():
        return
    nodes = [f"/dev/{name}" for name in NODES]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", _SEAL, str(first), *nodes),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={},
    )
    _, said = await process.communicate()
    if process.returncode != 0:
        raise SandboxUnavailable(
            f"the host's devices cannot be kept from a container of root's: {said.decode(errors='replace').strip()[-200:]}",
            hint="run as an ordinary user, or choose another sandbox level",
        )
