"""Locks between processes that vanish with their holders."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator
from pathlib import Path

from tamma_core.domain.errors import Unavailable

_FIRST_WAIT_S = 0.005
_LONGEST_WAIT_S = 0.25


@contextlib.asynccontextmanager
async def exclusively(path: Path, *, time_s: float) -> AsyncIterator[int]:
    """Hold a lock alone and yield its descriptor.

    A child that inherits the descriptor keeps the lock after our own death, so whoever gets it knows that all of them are gone.
    """
    descriptor = await _acquire(path, fcntl.LOCK_EX, time_s)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def share(path: Path, *, time_s: float) -> int:
    """Hold a lock together with others until the answered descriptor is closed."""
    return await _acquire(path, fcntl.LOCK_SH, time_s)


def seize(path: Path) -> int | None:
    """Take a lock alone if nobody holds it now; the caller closes the descriptor."""
    return _try(path, fcntl.LOCK_EX)


async def _acquire(path: Path, kind: int, time_s: float) -> int:
    wait_s = _FIRST_WAIT_S
    try:
        async with asyncio.timeout(time_s):
            while (descriptor := _try(path, kind)) is None:
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
    except TimeoutError as error:
        raise Unavailable(f"another process held `{path.name}` for {time_s:g} s") from error
    return descriptor


def _try(path: Path, kind: int) -> int | None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        # The directory may have been removed between the opening and the locking.
        if path.stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None
