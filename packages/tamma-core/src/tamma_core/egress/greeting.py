"""Read whom a TLS client asks for, with OpenSSL as the parser and without answering."""

import ssl
from asyncio import StreamReader

LONGEST = 1 << 16
_CHUNK = 1 << 14


class Greeting:
    """Take in the first bytes of a connection until they tell the server's name."""

    def __init__(self) -> None:
        self.name: str | None = None
        self._over = False
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._told
        self._incoming = ssl.MemoryBIO()
        self._connection = context.wrap_bio(self._incoming, ssl.MemoryBIO(), server_side=True)

    def feed(self, data: bytes) -> bool:
        """Take bytes, and tell whether no more are needed; `name` stays none when there is none."""
        self._incoming.write(data)
        try:
            self._connection.do_handshake()
        except ssl.SSLWantReadError:
            return self._over
        except ssl.SSLError:
            return True
        return True

    def _told(self, _connection: object, name: str | None, _context: object) -> int:
        self.name, self._over = name, True
        # The alert goes into a buffer that nobody reads: the handshake is somebody else's.
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


async def read_greeting(reader: StreamReader, already: bytes) -> tuple[bytes, str | None]:
    """Answer all bytes read, and the server's name in them if they are a greeting of TLS that has one."""
    greeting = Greeting()
    data, fresh = bytearray(), already
    while True:
        data += fresh
        if (fresh and greeting.feed(fresh)) or len(data) > LONGEST:
            return bytes(data), greeting.name
        fresh = await reader.read(_CHUNK)
        if not fresh:
            return bytes(data), None
