"""Ask a host one request in plain HTTP, and pass its answer on."""

import asyncio

import h11

from tamma_core.egress.ledger import Account
from tamma_core.egress.pumping import CHUNK, Ends
from tamma_core.egress.speaking import Server
from tamma_core.egress.wanted import Fetch, end_to_end

_CLOSE = (b"connection", b"close")


async def fetch(wanted: Fetch, host: Ends, server: Server, account: Account, idle_s: float) -> None:
    """Pass one request and its answer on, each written anew.

    A redirect is passed on like any answer: whoever follows it asks again, and is judged again.
    Errors: `h11.RemoteProtocolError` when the host's answer cannot be read, `TimeoutError` when it stalls.
    """
    http = h11.Connection(h11.CLIENT)
    name = str(wanted.target) if wanted.target.port != 80 else wanted.target.host  # noqa: PLR2004
    headers = [(b"host", name.encode()), *wanted.headers, _CLOSE]
    request = h11.Request(method=wanted.method, target=wanted.path, headers=headers)
    data = (http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b"")
    account.sent(len(data))
    host.writer.write(data)
    await host.writer.drain()
    ended = False
    while not ended:
        event = http.next_event()
        if event is h11.NEED_DATA:
            async with asyncio.timeout(idle_s):
                fresh = await host.reader.read(CHUNK)
            account.received(len(fresh))
            http.receive_data(fresh)
            continue
        ended = isinstance(event, h11.EndOfMessage | h11.ConnectionClosed)
        async with asyncio.timeout(idle_s):
            await _pass_on(event, server)


async def _pass_on(event: object, server: Server) -> None:
    match event:
        case h11.Response():
            headers = [*end_to_end(event.headers), _CLOSE]
            answer = h11.Response(status_code=event.status_code, headers=headers, reason=event.reason)
            await server.send(answer)
        case h11.Data():
            await server.send(event)
        case h11.EndOfMessage():
            await server.send(h11.EndOfMessage())
        case _:  # information before the answer is for the next hop alone
            pass
