import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tamma_core.egress.policy import EgressLimits, ecosystems, own_registries, registry_hosts
from unit.core.egress.conftest import NAME, Opener, Way, greeting, open_way


async def test_joins_a_named_host(way: Opener) -> None:
    """A greeting of TLS for the host that was asked for passes, bytes unchanged, and is counted."""
    hello = greeting(NAME)
    async with way() as out:
        answer = await out.tunnel(hello + b"more")
        assert answer == b"HTTP/1.1 200 Connection established\r\n\r\n" + hello + b"more"
    passed = out.traffic().passed[0]
    assert (passed.host, passed.connections) == (out.place, 1)
    assert passed.sent_bytes == passed.received_bytes == len(hello) + 4
    assert not out.refusals()


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("other.example.org:443", "is not on the list"),
        (f"{NAME}.evil.org:443", "is not on the list"),
        (f"sub.{NAME}:443", "is not on the list"),
        (f"{NAME}:22", "is not on the list"),
        (f"{NAME}.:443", "is not the name of a host"),
        (f"{NAME}", "does not end with a port"),
        (f"{NAME}:0443", "does not end with a port"),
        (f"{NAME}:443:443", "does not end with a port"),
        (f"{NAME}:99999", "does not end with a port"),
        (f"user@{NAME}:443", "is not the name of a host"),
        (f"{NAME}@evil.org:443", "is not the name of a host"),
        (f"https://{NAME}:443", "does not end with a port"),
        ("127.0.0.1:443", "is not the name of a host"),
        ("127.1:443", "is not the name of a host"),
        ("0177.0.0.1:443", "is not the name of a host"),
        ("0x7f.1:443", "is not the name of a host"),
        ("0x7f000001:443", "is not the name of a host"),
        ("2130706433:443", "is not the name of a host"),
        ("[::1]:443", "is not the name of a host"),
        ("[::ffff:127.0.0.1]:443", "is not the name of a host"),
        ("169.254.169.254:80", "is not the name of a host"),
        ("localhost:443", "is not on the list"),
    ],
)
async def test_names_exactly_or_not_at_all(way: Opener, target: str, reason: str) -> None:
    """No other host, no address in any spelling, and nobody is even looked up for it."""
    async with way() as out:
        target = target.replace(f"{NAME}:443", out.place)
        answer = await out.tunnel(greeting(NAME), target=target)
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert reason in out.refusals()[0]
        assert out.names.asked == []
        assert out.heard == []


@pytest.mark.parametrize(
    "request_text",
    [
        "CONNECT {place} HTTP/1.1\r\nHost: evil.org\r\n\r\n",
        "CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nHost: evil.org\r\n\r\n",
        "CONNECT {place} HTTP/1.1\r\n\r\n",
        "CONNECT {place} HTTP/1.1\nHost: evil.org\n\n",
        "CONNECT {place}\r\nX: y HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nContent-Length: 5\r\n\r\nhello",
        "CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "CONNECT {place} HTTP/1.1\r\nHost : {place}\r\n\r\n",
        "CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nX: a\rHost: b\r\n\r\n",
        "GET http://{place}/ HTTP/1.1\r\nHost: evil.org\r\n\r\n",
        "GET http://{name}/ HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "GET http://user:pass@{place}/ HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "GET http://evil.org\\@{place}/ HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "GET http://{place}#@evil.org/ HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "GET https://{place}/ HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "GET ftp://{place}/ HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "GET file:///etc/passwd HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "POST http://{place}/ HTTP/1.1\r\nHost: {place}\r\nContent-Length: 1\r\n\r\nx",
        "PUT http://{place}/ HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "GET http://{place}/ HTTP/1.1\r\nHost: {place}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "\x16\x03\x01 not HTTP\r\n\r\n",
        "GET http://{place}/ HTTP/1.1\r\nHost: {place}\r\nX: {long}\r\n\r\n",
    ],
)
async def test_refuses_what_could_be_read_in_two_ways(way: Opener, request_text: str) -> None:
    """Whatever two readers could take for two hosts, and whatever carries something out in the open, is refused."""
    async with way() as out:
        said = request_text.format(place=out.place, name=NAME, long="x" * 100_000)
        answer = await out.ask(said)
        assert answer.startswith((b"HTTP/1.1 403 ", b""))
        assert b"200" not in answer[:12]
        assert out.refusals()
        assert out.heard == []


@pytest.mark.parametrize("name", ["evil.example.org", None])
async def test_looks_into_the_greeting(way: Opener, name: str | None) -> None:
    """A tunnel to a permitted host whose greeting asks the same address for another host is cut before it is sent."""
    async with way() as out:
        await out.tunnel(greeting(name))
        assert "inside its tunnel" in out.refusals()[0]
        assert not out.traffic().passed


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.0\r\n", b"GET / HTTP/1.1\r\n\r\n", b"", b"\x16\x03\x01\xff\xff" + b"x" * 90_000]
)
async def test_carries_nothing_but_tls(way: Opener, said: bytes) -> None:
    """A tunnel is no way out for other protocols."""
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(10))
        writer.close()

    async with way(listen) as out:
        await out.tunnel(said)
        assert "inside its tunnel" in out.refusals()[0]
    assert heard in ([b""], [])


async def test_reads_a_greeting_in_pieces(way: Opener) -> None:
    """A greeting that comes byte by byte is read as a whole."""
    hello = greeting(NAME)
    async with way() as out:
        reader, writer = await asyncio.open_unix_connection(out.passage.socket)
        writer.write(f"CONNECT {out.place} HTTP/1.1\r\nHost: {out.place}\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        for byte in hello:
            writer.write(bytes([byte]))
            await writer.drain()
        assert await reader.readexactly(len(hello)) == hello
        writer.close()


FORBIDDEN = [
    "127.0.0.2",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "0.0.0.0",  # noqa: S104 - refused
    "224.0.0.1",
    "255.255.255.255",
    "203.0.113.5",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
]


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_a_name_leads_to_no_address_of_our_own(way: Opener, address: str) -> None:
    """A permitted name that resolves into our networks or to a cloud's metadata is refused, also as one of several."""
    async with way() as out:
        out.names.addresses[NAME] = ["127.0.0.1", address]
        answer = await out.tunnel(greeting(NAME))
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert "neither public nor permitted" in out.refusals()[0]
        assert out.heard == []


@pytest.mark.parametrize("address", ["169.254.169.254", "168.63.129.16", "fd00:ec2::254", "ff02::1", "fe80::1", "::"])
async def test_some_addresses_cannot_be_permitted(way: Opener, address: str) -> None:
    """Not even the operator opens the doors of the cloud."""
    async with way(networks=("0.0.0.0/0", "::/0")) as out:
        out.names.addresses[NAME] = [address]
        await out.tunnel(greeting(NAME))
        assert "neither public nor permitted" in out.refusals()[0]


async def test_resolves_once_and_connects_there(way: Opener) -> None:
    """Between the look and the connection there is no second look that could answer otherwise."""

    class Rebinding(dict[str, list[str]]):
        def __getitem__(self, key: str) -> list[str]:
            addresses = super().__getitem__(key)
            self[key] = ["127.0.0.9"]
            return addresses

    async with way() as out:
        out.names.addresses = Rebinding({NAME: ["127.0.0.1"]})
        assert greeting(NAME)[:3] in await out.tunnel(greeting(NAME))
        assert out.names.asked == [NAME]


async def test_says_when_a_host_cannot_be_reached(way: Opener) -> None:
    """A name without an address is the host's trouble, and said as such."""
    async with way() as out:
        del out.names.addresses[NAME]
        assert (await out.tunnel(greeting(NAME))).startswith(b"HTTP/1.1 502 ")
        assert "could not be reached" in out.refusals()[0]


async def _many(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    writer.write(b"x" * 3_000_000)
    writer.close()


async def test_bounds_what_comes_in(way: Opener) -> None:
    """A host that sends without an end is cut off."""
    async with way(_many, limits=EgressLimits(received_bytes=1 << 20)) as out:
        assert len(await out.tunnel(greeting(NAME))) < 2_000_000
        assert "sent more than 1 MB" in out.refusals()[0]


async def test_bounds_what_goes_out_over_all_connections(way: Opener) -> None:
    """Whoever carries things out in many small parts is stopped by their sum."""
    async with way(limits=EgressLimits(sent_bytes=1 << 20)) as out:
        for _ in range(4):
            await out.tunnel(greeting(NAME) + b"x" * 400_000)
        assert "was sent more than 1 MB" in out.refusals()[0]
        assert sum(passed.sent_bytes for passed in out.traffic().passed) <= 1 << 20


async def test_bounds_connections(way: Opener) -> None:
    """More connections than allowed are refused, at once and in all."""
    async with way(limits=EgressLimits(connections=2, at_once=1)) as out:
        held = await asyncio.open_unix_connection(out.passage.socket)
        held[1].write(b"CONNECT")
        await held[1].drain()
        for _ in range(2):
            await out.tunnel(greeting(NAME))
        assert [one.reason for one in out.traffic().refused] == ["came after 2 connections", "came beside 1 others"]
        held[1].close()


async def test_bounds_a_request_that_never_ends(way: Opener) -> None:
    """A half request does not hold its place."""
    async with way(limits=EgressLimits(request_s=0.05)) as out:
        reader, writer = await asyncio.open_unix_connection(out.passage.socket)
        writer.write(b"CONNECT pa")
        with contextlib.suppress(ConnectionError):
            assert (await reader.read()).startswith(b"HTTP/1.1 504 ")
        writer.close()
        assert out.refusals() == ["a connection did not answer in time"]


async def test_bounds_a_tunnel_in_which_nothing_moves(way: Opener) -> None:
    """A silent tunnel is closed."""
    hello = greeting(NAME)
    async with way(limits=EgressLimits(idle_s=0.05)) as out:
        reader, writer = await asyncio.open_unix_connection(out.passage.socket)
        writer.write(f"CONNECT {out.place} HTTP/1.1\r\nHost: {out.place}\r\n\r\n".encode() + hello)
        assert (await reader.read()).endswith(hello)
        writer.close()


async def test_is_shut_with_its_context(way: Opener) -> None:
    """After the set-up nothing of it goes on, and nobody finds the socket."""
    async with way() as out:
        reader, writer = await asyncio.open_unix_connection(out.passage.socket)
        writer.write(f"CONNECT {out.place} HTTP/1.1\r\nHost: {out.place}\r\n\r\n".encode() + greeting(NAME))
        await reader.readuntil(b"\r\n\r\n")
        assert (out.passage.socket.parent.stat().st_mode & 0o777) == 0o700
    await reader.read()
    writer.close()
    assert not out.passage.socket.exists()


async def test_bounds_the_refusals_that_it_remembers(way: Opener) -> None:
    """Ten thousand different names do not fill the journal."""
    async with way() as out:
        for number in range(130):
            await out.tunnel(b"", target=f"a{number}.example.org:443")
        refused = out.traffic().refused
        assert len(refused) == 101
        assert sum(one.count for one in refused) == 130


@given(said=st.binary(max_size=300))
async def test_survives_whatever_it_is_sent(said: bytes) -> None:
    """Noise opens nothing."""
    async with open_way() as out:
        await out.ask(said)
        assert out.heard == []
        assert not out.traffic().passed


def _reply(text: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text.encode() + b"\n\n" + await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    return serve


async def _fetch(out: Way, *headers: str) -> str:
    lines = "".join(f"{header}\r\n" for header in headers)
    return (await out.ask(f"GET http://{out.place}/simple/?q=1 HTTP/1.1\r\nHost: {out.place}\r\n{lines}\r\n")).decode()


async def test_fetches_in_plain_http(way: Opener) -> None:
    """An operator's mirror without TLS is asked, in a request written anew, without what was meant for us."""
    async with way(_reply("HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-End: 2\r\n\r\n")) as out:
        answer = await _fetch(
            out, "Proxy-Authorization: Basic c2VjcmV0", "Connection: X-Mine", "X-Mine: 1", "Accept: a"
        )
        assert "x-end: 2" in answer.lower()
        assert "x-hop: 1" not in answer.lower()
        asked = f"GET /simple/?q=1 HTTP/1.1\r\nhost: {out.place}\r\naccept: a\r\nconnection: close\r\n\r\n"
        assert asked in answer


async def test_follows_no_redirect(way: Opener) -> None:
    """A redirect goes back to whoever asked, who asks again and is refused."""
    async with way(
        _reply("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n")
    ) as out:
        assert "169.254.169.254" in await _fetch(out)
        again = await out.ask("GET http://169.254.169.254/latest HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n")
        assert again.startswith(b"HTTP/1.1 403 ")


def test_knows_the_registries() -> None:
    """Each ecosystem has hosts, all of them on the port of TLS."""
    assert {"python", "node", "go", "rust", "java"} <= set(ecosystems())
    assert all(host.port == 443 for host in registry_hosts())
    assert registry_hosts(["go"]) < registry_hosts()
    assert not registry_hosts([])


def test_reads_an_operators_own_registries() -> None:
    """Their addresses say which host to permit, and which variables tell the clients."""
    hosts, variables = own_registries(
        {"python": "https://mirror.example.org/simple", "node": "http://npm.example.org:4873"}
    )
    assert {str(host) for host in hosts} == {"mirror.example.org:443", "npm.example.org:4873"}
    assert variables["PIP_INDEX_URL"] == "https://mirror.example.org/simple"
    with pytest.raises(ValueError, match="does not end with a port"):
        own_registries({"python": "https://user:secret@mirror.example.org/simple"})
