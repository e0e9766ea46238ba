"""Wait until a wall stands: who builds it says a mark then, and what comes instead says why there is none."""

import asyncio

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.sandbox.descriptors import read_some

SHOWN = 1000


async def read_to_mark(output: int, mark: bytes) -> bytes:
    """Answer what was said up to the mark, or to the end where there is none; nothing behind the mark is read."""
    said = b""
    while not said.endswith(mark):
        chunk = await read_some(output, 1)
        if not chunk:
            break
        said += chunk
    return said


async def await_wall(output: int, mark: bytes, *, builder: str, hint: str, within_s: float) -> None:
    """Return at the mark; raise `SandboxUnavailable` with what came instead, or when nothing did in time."""
    try:
        async with asyncio.timeout(within_s):
            said = await read_to_mark(output, mark)
    except TimeoutError as error:
        raise SandboxUnavailable(f"{builder} did not build a wall within {within_s:g} s") from error
    if not said.endswith(mark):
        reason = said.decode(errors="replace").strip()[-SHOWN:] or f"{builder} said nothing"
        raise SandboxUnavailable(f"the sandbox could not be built: {reason}", hint=hint)
