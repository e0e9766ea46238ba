"""Wait on file descriptors, and hand bytes over through them without a name on disk."""

import asyncio
import fcntl
import os
from typing import Any


async def ready(descriptor: int, *others: asyncio.Future[Any]) -> None:
    """Wait until a descriptor can be read, or one of the futures is done; the descriptor has one waiter at a time."""
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[object] = loop.create_future()
    loop.add_reader(descriptor, _done, readable)
    try:
        await asyncio.wait({readable, *others}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_reader(descriptor)
        readable.cancel()


def _done(future: asyncio.Future[object]) -> None:
    if not future.done():
        future.set_result(None)


async def read_some(descriptor: int, size: int) -> bytes:
    """Read at most `size` bytes from a non-blocking descriptor; nothing at its end."""
    while True:
        try:
            return os.read(descriptor, size)
        except BlockingIOError:
            await ready(descriptor)


def sealed(content: bytes) -> int:
    """Answer a read-only descriptor of bytes that nobody can change or lengthen; the caller closes it."""
    writer = os.memfd_create("tamma", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with os.fdopen(os.dup(writer), "wb") as file:
            file.write(content)
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(writer, fcntl.F_ADD_SEALS, seals)
        return os.open(f"/proc/self/fd/{writer}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(writer)
