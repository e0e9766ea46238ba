import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path

import pytest
from tamma_core.domain.authority import Authority
from tamma_core.egress.policy import EgressPolicy
from tamma_core.egress.proxy import EgressProxy
from tamma_core.ports.egress import WayOut
from tamma_core.ports.sandbox import Mount, ProcessLimits, ProcessResult, SandboxSpec
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.landlock.backend import Landlock
from tamma_core.sandbox.none import NoSandbox
from tamma_core.sandbox.own_places import OwnPlaces
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path

NAME = "packages.example.org"
FETCH = "import sys, urllib.request as r; sys.stdout.write(r.urlopen(sys.argv[1], timeout=5).read().decode())"


class Nearby:
    """Lead every name to loopback."""

    async def resolve(self, host: str, port: int) -> Sequence[IPv4Address]:
        assert host
        assert port
        address = ip_address("127.0.0.1")
        assert isinstance(address, IPv4Address)
        return [address]


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nwheels")
    writer.close()


@pytest.fixture
async def registry() -> AsyncIterator[Authority]:
    """Serve packages on loopback, under a name that only our resolver knows."""
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield Authority(NAME, server.sockets[0].getsockname()[1])


@pytest.fixture
async def way(registry: Authority) -> AsyncIterator[WayOut]:
    policy = EgressPolicy(hosts=frozenset({registry}), networks=(ip_network("127.0.0.1/32"),))
    async with EgressProxy(policy, Nearby()).open() as opened:
        yield opened


def spec(place: Path, *argv: str, environment: dict[str, str] | None = None) -> SandboxSpec:
    """Describe a command with the tools of this machine."""
    return SandboxSpec(
        argv=argv,
        cwd=str(place),
        mounts=(*toolchain_mounts(os.environ), Mount(place, str(place), writable=True)),
        environment={"PATH": toolchain_path(os.environ), **(environment or {})},
        limits=ProcessLimits(time_s=60),
    )


async def run(sandbox: Bubblewrap | OwnPlaces, command: SandboxSpec) -> tuple[str, ProcessResult]:
    process = await sandbox.start(command)
    text = b"".join([chunk async for chunk in process.output()]).decode()
    return text, await process.wait()


async def test_a_command_inside_reaches_a_named_host(way: WayOut, registry: Authority, tmp_path: Path) -> None:
    """An ordinary client finds the proxy in its environment, and the proxy finds the host."""
    text, ended = await run(
        Bubblewrap(), way.through(spec(tmp_path, "python3", "-c", FETCH, f"http://{registry}/simple/"))
    )
    assert (text, ended.exit_code) == ("wheels", 0)
    assert [host.host for host in way.traffic().passed] == [str(registry)]


async def test_and_no_other_host(way: WayOut, registry: Authority, tmp_path: Path) -> None:
    """Another name is refused with a reason that the client shows; the address itself is not there."""
    other = f"http://evil.example.org:{registry.port}/"
    text, ended = await run(Bubblewrap(), way.through(spec(tmp_path, "python3", "-c", FETCH, other)))
    assert ended.exit_code == 1
    assert "is not on the list of package hosts" in text
    direct = f"import socket; socket.create_connection(('127.0.0.1', {registry.port}), 2)"
    text, ended = await run(Bubblewrap(), way.through(spec(tmp_path, "python3", "-c", direct)))
    assert ended.exit_code == 1
    assert "Connection refused" in text


async def test_there_is_no_name_service_inside(way: WayOut, tmp_path: Path) -> None:
    """Nothing leaks by looking names up: only the proxy does."""
    look = "import socket; socket.getaddrinfo('secret.example.org', 443)"
    text, ended = await run(Bubblewrap(), way.through(spec(tmp_path, "python3", "-c", look)))
    assert ended.exit_code == 1
    assert "gaierror" in text


async def test_the_forwarder_says_what_its_command_says(way: WayOut, tmp_path: Path) -> None:
    """Output, codes, signals and a program that is not there come through as without it."""
    sandbox = Bubblewrap()
    assert (await run(sandbox, way.through(spec(tmp_path, "sh", "-c", "echo hello; exit 7"))))[0] == "hello\n"
    assert (await run(sandbox, way.through(spec(tmp_path, "sh", "-c", "exit 7"))))[1].exit_code == 7
    assert (await run(sandbox, way.through(spec(tmp_path, "sh", "-c", "kill -9 $$"))))[1].exit_code == 137
    text, ended = await run(sandbox, way.through(spec(tmp_path, "no-such-program")))
    assert (text, ended.exit_code) == ("no-such-program: No such file or directory\n", 127)


async def test_whoever_ends_the_forwarder_gains_nothing(way: WayOut, registry: Authority, tmp_path: Path) -> None:
    """A command that speaks to the socket itself is judged all the same."""
    ask = (
        "import os, socket, signal\n"
        "s = socket.socket(socket.AF_UNIX); s.connect('/run/tamma/proxy.sock')\n"
        f"s.sendall(b'GET http://127.0.0.1:{registry.port}/ HTTP/1.1\\r\\nHost: 127.0.0.1:{registry.port}\\r\\n\\r\\n')\n"
        "print(s.recv(100))"
    )
    text, _ = await run(Bubblewrap(), way.through(spec(tmp_path, "python3", "-c", ask)))
    assert "403" in text


async def test_tells_every_kind_of_client(way: WayOut, tmp_path: Path) -> None:
    """The variables that pip, npm, Go, Cargo and Java read name a proxy on the sandbox's own loopback."""
    text, _ = await run(
        Bubblewrap(),
        way.through(spec(tmp_path, "python3", "-c", "import os, json; print(json.dumps(dict(os.environ)))")),
    )
    told = json.loads(text)
    assert told["HTTPS_PROXY"] == told["https_proxy"] == told["HTTP_PROXY"]
    assert told["HTTPS_PROXY"].startswith("http://127.0.0.1:")
    port = told["HTTPS_PROXY"].rpartition(":")[2]
    assert f"-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort={port}" in told["JAVA_TOOL_OPTIONS"]


async def test_works_without_a_wall(way: WayOut, registry: Authority, tmp_path: Path) -> None:
    """Where there is no sandbox, clients go through the proxy too, and what they did is known."""
    sandbox = OwnPlaces(NoSandbox(accept_risk=True))
    text, _ = await run(sandbox, way.through(spec(tmp_path, "python3", "-c", FETCH, f"http://{registry}/")))
    assert text == "wheels"
    assert way.traffic().passed


async def test_works_behind_landlock(way: WayOut, registry: Authority, tmp_path: Path) -> None:
    """Without a loopback of its own, a command reaches the named host, no other one, and no server of the machine."""
    sandbox = OwnPlaces(Landlock())
    text, _ = await run(sandbox, way.through(spec(tmp_path, "python3", "-c", FETCH, f"http://{registry}/simple/")))
    assert text == "wheels"
    assert [host.host for host in way.traffic().passed] == [str(registry)]
    text, ended = await run(sandbox, way.through(spec(tmp_path, "python3", "-c", FETCH, "http://evil.example.org/")))
    assert ended.exit_code == 1
    assert "is not on the list of package hosts" in text
    direct = f"import socket; socket.create_connection(('127.0.0.1', {registry.port}), 2)"
    text, ended = await run(sandbox, way.through(spec(tmp_path, "python3", "-c", direct)))
    assert ended.exit_code == 1
    assert "PermissionError" in text


def test_the_test_machine_has_a_loopback() -> None:
    """What is refused inside could be reached outside: the checks above can fail."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 1):
        pass
