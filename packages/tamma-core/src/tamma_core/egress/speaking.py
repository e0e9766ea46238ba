"""Speak HTTP/1.1 as a server on one connection, with h11 as the parser."""

from collections.abc import Iterable

import h11

from tamma_core.egress.ledger import RefusedError
from tamma_core.egress.pumping import CHUNK, Ends

_LONGEST_REQUEST = 1 << 14
_REASON_LENGTH = 120
_FRAMES = frozenset({b"content-length", b"transfer-encoding"})
Headers = Iterable[tuple[bytes, bytes]]


class Server:
    """Read one request from a command, and answer it."""

    def __init__(self, ends: Ends) -> None:
        self.ends = ends
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_REQUEST)

    async def request(self) -> h11.Request | None:
        """Answer the request, or nothing when the command left without one.

        Errors: `RefusedError` for one that is malformed or goes on after its headers.
        """
        request = await self._event()
        if not isinstance(request, h11.Request):
            return None
        framed = any(name in _FRAMES for name, _ in request.headers)
        if framed or not isinstance(self._http.next_event(), h11.EndOfMessage):
            raise RefusedError("came with a body, which only a tunnel carries")
        return request

    async def _event(self) -> object:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self.ends.reader.read(CHUNK))
        except h11.RemoteProtocolError as error:
            raise RefusedError(f"is no request of HTTP: {error}") from None
        return event

    async def open_tunnel(self) -> bytes:
        """Say that the tunnel stands, and answer what the command sent into it already."""
        await self.send(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
        return self._http.trailing_data[0]

    async def send(self, event: h11.Event) -> None:
        """Send a part of the answer."""
        data = self._http.send(event)
        if data:
            self.ends.writer.write(data)
            await self.ends.writer.drain()

    async def refuse(self, status: int, text: str) -> None:
        """Answer with a status and say why, also in the line that clients show."""
        if self._http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        body = f"Tamma's proxy for packages: {text}\n".encode("ascii", "replace")
        reason = "".join(mark if " " <= mark <= "~" else "?" for mark in text)[:_REASON_LENGTH]
        headers = [("content-type", "text/plain"), ("content-length", str(len(body))), ("connection", "close")]
        await self.send(h11.Response(status_code=status, headers=headers, reason=reason.encode("ascii")))
        await self.send(h11.Data(data=body))
        await self.send(h11.EndOfMessage())
