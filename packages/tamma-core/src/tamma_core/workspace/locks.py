"""Locks between processes that vanish with their holders."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from tamma_core.domain.errors import Unavailable

_FIRST_WAIT_S = 0.005
_LONGEST_WAIT_S = 0.25


@contextlib.asynccontextmanager
async def exclusively(
    path: Path, *, time_s: float, on_wait: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[int]:
    """Hold a lock alone and yield its descriptor; `on_wait` is called once where another holds it for a while.

    A child that inherits the descriptor keeps the lock after our own death, so whoever gets it knows that all of them are gone.
    """
    descriptor = await _acquire(path, fcntl.LOCK_EX, time_s, on_wait)
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


async def _acquire(path: Path, kind: int, time_s: float, on_wait: Callable[[], Awaitable[None]] | None = None) -> int:
    wait_s = _FIRST_WAIT_S
    try:
        async with asyncio.timeout(time_s):
            while (descriptor := _try(path, kind)) is None:
                if on_wait is not None and wait_s == _LONGEST_WAIT_S:
                    await on_wait()
                    on_wait = None
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
    except TimeoutError as error:
        raise Unavailable(
            f"another process held `{path.name}` for {time_s:g} s",
            hint="end a worker that stands still: nothing is lost by that",
        ) from error
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
