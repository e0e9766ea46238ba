"""A server on loopback whose certificate nobody vouches for, and what was said to it all the same."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

# Made for these tests alone, and valid for a century: openssl req -x509 -newkey ec … -addext subjectAltName=IP:127.0.0.1
CERTIFICATE = Path(__file__).parent / "data" / "self_signed.pem"


@dataclass
class Impostor:
    """Count who called, and keep what they said once they believed the certificate."""

    port: int = 0
    callers: int = 0
    heard: bytearray = field(default_factory=bytearray)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"


@asynccontextmanager
async def impostor() -> AsyncIterator[Impostor]:
    """Listen until the context ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    found = Impostor()

    def called(_: ssl.SSLObject, __: str | None, ___: ssl.SSLContext) -> None:
        found.callers += 1

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.heard += await reader.read(65_536)
        writer.close()

    context.sni_callback = called  # for each greeting, with a name or without
    server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=context)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found
