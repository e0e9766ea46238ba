"""A proxy to hosts that are servers on loopback, found by a resolver of the test."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from tamma_core.domain.authority import Authority
from tamma_core.domain.traffic import Traffic
from tamma_core.egress.policy import EgressLimits, EgressPolicy
from tamma_core.egress.proxy import EgressProxy, Passage

NAME = "packages.example.org"


@dataclass
class Names:
    """Answer for names as a test says, and count how often it was asked."""

    addresses: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> Sequence[IPv4Address | IPv6Address]:
        self.asked.append(host)
        if host not in self.addresses:
            raise OSError(f"no address of {host}:{port}")
        return [ip_address(text) for text in self.addresses[host]]


@dataclass
class Way:
    """Hold an open way out, and what its host was told."""

    passage: Passage
    names: Names
    port: int
    heard: list[bytes]

    @property
    def place(self) -> str:
        return f"{NAME}:{self.port}"

    async def ask(self, *said: str | bytes) -> bytes:
        """Say something to the proxy and read until it closes."""
        reader, writer = await asyncio.open_unix_connection(self.passage.socket)
        for part in said:
            writer.write(part.encode() if isinstance(part, str) else part)
        writer.write_eof()
        answer = bytearray()
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                answer += chunk
        writer.close()
        return bytes(answer)

    async def tunnel(self, first: bytes, *, target: str = "") -> bytes:
        """Ask for a tunnel and say something in it."""
        return await self.ask(f"CONNECT {target or self.place} HTTP/1.1\r\nHost: {target or self.place}\r\n\r\n", first)

    def traffic(self) -> Traffic:
        return self.passage.traffic()

    def refusals(self) -> list[str]:
        return [f"{one.target} {one.reason}" for one in self.traffic().refused]


def greeting(name: str | None) -> bytes:
    """Answer the first bytes of a TLS client that asks for a host."""
    context = ssl.create_default_context()
    context.check_hostname = False
    outgoing = ssl.MemoryBIO()
    connection = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


Opener = Callable[..., AbstractAsyncContextManager[Way]]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say back what is heard."""
    while chunk := await reader.read(65536):
        writer.write(chunk)
    writer.close()


@asynccontextmanager
async def open_way(
    serve: Serve = echo, *, limits: EgressLimits | None = None, networks: tuple[str, ...] = ("127.0.0.1/32",)
) -> AsyncIterator[Way]:
    """Open a way out to one host on loopback, which echoes unless it is told otherwise."""
    heard: list[bytes] = []

    async def host(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(b"connected")
        with contextlib.suppress(ConnectionError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(host, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    policy = EgressPolicy(
        hosts=frozenset({Authority(NAME, port)}),
        networks=tuple(map(ip_network, networks)),
        limits=limits or EgressLimits(),
    )
    names = Names({NAME: ["127.0.0.1"]})
    async with server, EgressProxy(policy, names).open() as passage:
        assert isinstance(passage, Passage)
        yield Way(passage, names, port, heard)


@pytest.fixture
def way() -> Opener:
    """Give the opener of a way out."""
    return open_way
