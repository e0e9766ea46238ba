"""Carry bytes both ways between a command and a host, within the bounds of one way out."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Coroutine
from contextlib import suppress

from tamma_core.domain.record import Record
from tamma_core.egress.ledger import Account

CHUNK = 1 << 16


class Ends(Record, frozen=True):
    """Hold the two ends of one connection."""

    reader: StreamReader
    writer: StreamWriter


async def pump(client: Ends, host: Ends, account: Account, idle_s: float) -> None:
    """Carry bytes until both sides have ended, or nothing moves for a while; raise `OverLimitError` at a limit."""
    loop = asyncio.get_running_loop()
    with suppress(TimeoutError):
        async with asyncio.timeout(idle_s) as idle:

            def moved() -> None:
                idle.reschedule(loop.time() + idle_s)

            out = _carry(client.reader, host.writer, account.sent, moved)
            back = _carry(host.reader, client.writer, account.received, moved)
            await _both(out, back)


async def _both(*ways: Coroutine[object, object, None]) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _carry(
    reader: StreamReader, writer: StreamWriter, count: Callable[[int], None], moved: Callable[[], None]
) -> None:
    while chunk := await reader.read(CHUNK):
        count(len(chunk))
        writer.write(chunk)
        await writer.drain()
        moved()
    with suppress(OSError, RuntimeError):
        writer.write_eof()
