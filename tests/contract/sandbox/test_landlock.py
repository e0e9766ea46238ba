"""Landlock keeps the contract but for what only namespaces give, and each attack gets through when its defence is taken out."""

import asyncio
import os
import signal
import tempfile
from pathlib import Path
from typing import ClassVar

import pytest
from contract.sandbox.harness import children, dies_with_its_harness
from tamma_core.domain.errors import InvalidInput, SandboxUnavailable
from tamma_core.ports.sandbox import Mount, ProxySocket, Sandbox, SandboxSpec
from tamma_core.sandbox.landlock.backend import Landlock
from tamma_core.sandbox.own_places import OwnPlaces
from tamma_core.sandbox.syscall_rules import Rule
from tamma_core.testing.sandbox_contract import WallContract, answer


class TestLandlock(WallContract):
    gaps: ClassVar = {
        "test_hides_the_system_s_secrets": "names, sizes and owners of the host's files can be seen, not their content",
        "test_has_users_of_its_own": "the command runs as the host's user, and sees the host's list of users",
        "test_bounds_shared_memory": "/dev/shm is the host's and cannot be written",
    }

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return OwnPlaces(Landlock())


class Weakened(Landlock):
    """Leave defences out: rules about system calls by name, and parts of the order by their key."""

    def __init__(self, *calls: str, **order: object) -> None:
        super().__init__()
        self._calls = calls
        self._order = order

    def rules(self, spec: SandboxSpec) -> tuple[Rule, ...]:
        return tuple(rule for rule in super().rules(spec) if rule.call not in self._calls)

    def order(self, spec: SandboxSpec, scratch: Path) -> dict[str, object]:
        return {**super().order(spec, scratch), **self._order}


SOCKETS = ("socket",)
EVERYWHERE = (("/", "write"),)
TAKEN_OUT = [
    ("write outside", Weakened(grants=EVERYWHERE)),
    ("read a canary", Weakened(grants=EVERYWHERE)),
    ("follow a link out", Weakened(grants=EVERYWHERE)),
    ("connect to loopback", Weakened(*SOCKETS, network=True)),
    ("connect to an abstract socket", Weakened(*SOCKETS, scopes=0)),
    ("connect to a socket by its path", Weakened(*SOCKETS)),
    ("send a datagram", Weakened(*SOCKETS)),
    ("nest a user namespace", Weakened("unshare")),
    ("change a mode outside", Weakened("chmod")),
    ("signal a process outside", Weakened(scopes=0, enclosed=False)),
    ("limit a process outside", Weakened("prlimit64")),
    ("use io_uring", Weakened("io_uring_setup")),
]


@pytest.mark.parametrize(("name", "sandbox"), TAKEN_OUT, ids=[name for name, _ in TAKEN_OUT])
async def test_attack_gets_through_without_its_defence(name: str, sandbox: Weakened) -> None:
    """The report sees the hole that was made, by the attack's own success."""
    report = await sandbox.prove()
    attack = next(attack for attack in report.attacks if attack.name == name)
    assert not attack.held
    assert "did not run" not in attack.detail


async def said(sandbox: Sandbox, spec: SandboxSpec) -> str:
    process = await sandbox.start(spec)
    output = b"".join([chunk async for chunk in process.output()])
    await process.wait()
    return output.decode().strip()


def spec_of(
    workspace: Path, *argv: str, mounts: tuple[Mount, ...] = (), network: ProxySocket | None = None
) -> SandboxSpec:
    return SandboxSpec(
        argv=argv,
        cwd=str(workspace),
        mounts=(Mount(workspace, str(workspace), writable=True), *mounts),
        environment={"PATH": "/usr/bin:/bin"},
        network=network,
    )


@pytest.mark.parametrize(
    "change",
    [
        "os.chmod('out', 0o777)",
        "os.chmod(PATH, 0o777)",
        "os.chmod('workspace/../victim', 0o777, dir_fd=os.open('..', os.O_PATH))",
        "os.fchmod(os.open(PATH, os.O_PATH), 0o777)",
        "os.chmod(f'/proc/self/fd/{os.open(PATH, os.O_PATH)}', 0o777)",
        "os.utime(PATH, (1, 1))",
        "os.utime('out', (1, 1))",
        "os.setxattr(PATH, 'user.x', b'x')",
        "os.rename(PATH, 'taken')",
        "os.link(PATH, 'taken')",
        "open('own', 'w').close(); os.rename('own', PATH)",
    ],
)
async def test_nothing_about_files_outside_is_changed(workspace: Path, change: str) -> None:
    """By no name, link, directory or descriptor: Landlock itself would let all of these pass."""
    victim = workspace.parent / "victim"
    victim.touch(mode=0o600)
    (workspace / "out").symlink_to(victim)
    before = victim.stat()
    code = (
        f"import os\nPATH = {str(victim)!r}\ntry:\n    {change}\nexcept OSError as error: print(type(error).__name__)"
    )
    assert await said(Landlock(), spec_of(workspace, "/usr/bin/python3", "-I", "-c", code)) in {
        "PermissionError",
        "OSError",
    }
    assert (victim.stat().st_mode, victim.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert os.listxattr(victim) == []


@pytest.mark.parametrize(
    "call", ["chmod(-1, 0)", "fchmod(-1, 0)", "connect(s.fileno(), -1, 16)", "connect(1 << 32, -1, 16)"]
)
async def test_numbers_that_mean_nothing_end_nobody(workspace: Path, call: str) -> None:
    """Whoever answers stopped calls lives on, and so ends what the command left behind."""
    code = (
        "import ctypes, os, socket, sys\n"
        "libc = ctypes.CDLL(None, use_errno=True); s = socket.socket(socket.AF_UNIX)\n"
        "if os.fork() == 0:\n    os.setsid(); os.execl('/bin/sleep', 'sleep', '98761')\n"
        f"name, *numbers = {call.split('(', maxsplit=1)[0]!r}, {call.split('(', 1)[1][:-1]}\n"
        "print(getattr(libc, name)(*map(ctypes.c_long, numbers)))\n"
    )
    async with await asyncio.start_unix_server(answer, workspace.parent / "proxy"):
        network = ProxySocket(workspace.parent / "proxy")
        assert await said(Landlock(), spec_of(workspace, "/usr/bin/python3", "-I", "-c", code, network=network)) == "-1"
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"98761" in path.read_bytes()]
    assert not left


async def test_only_the_proxy_is_connected_to(workspace: Path) -> None:
    """With a proxy, another socket of the host cannot be reached, and datagrams cannot be sent by pairs."""
    other, proxy = workspace.parent / "other", workspace.parent / "proxy"
    code = (
        "import socket\n"
        "def tried(call):\n    try: call(); print('through')\n    except OSError: print('shut')\n"
        f"tried(lambda: socket.socket(socket.AF_UNIX).connect({str(other)!r}))\n"
        "tried(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))\n"
        "tried(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))\n"
        "s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect('/run/tamma/proxy.sock'); print(s.recv(9).decode())\n"
    )
    async with await asyncio.start_unix_server(answer, other), await asyncio.start_unix_server(answer, proxy):
        spec = spec_of(workspace, "/usr/bin/python3", "-I", "-c", code, network=ProxySocket(proxy))
        assert (await said(Landlock(), spec)).split() == ["shut", "shut", "shut", "proxy"]


WAYS = {
    "connect": "socket.socket().connect(there)",
    "sendto": "socket.socket().sendto(b'x', 0x20000000, there)",
    "sendmsg": "socket.socket().sendmsg([b'x'], [], 0x20000000, there)",
    "socket": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', there)",
    "listen": "socket.socket().listen()",
}
"""Each with the call whose rule keeps it shut; 0x20000000 sends data with the greeting, without connecting first."""


async def tried_to_get_out(sandbox: Landlock, workspace: Path, way: str) -> str:
    """Answer what came of one way to a server of the host, for a command that has a proxy."""
    code = "import socket, sys\nthere = ('127.0.0.1', int(sys.argv[1]))\n"
    code += f"try: {way}\nexcept OSError: print('shut')\nelse: print('through')"
    async with (
        await asyncio.start_unix_server(answer, workspace.parent / "proxy"),
        await asyncio.start_server(answer, "127.0.0.1", 0) as server,
    ):
        port = str(server.sockets[0].getsockname()[1])
        proxy = ProxySocket(workspace.parent / "proxy")
        return await said(sandbox, spec_of(workspace, "/usr/bin/python3", "-I", "-c", code, port, network=proxy))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_with_a_proxy_nothing_else_of_the_network_is_reached(workspace: Path, way: str) -> None:
    """A socket of the internet can be had for the proxy's sake; by no call does it lead elsewhere."""
    assert await tried_to_get_out(Landlock(), workspace, way) == "shut"


@pytest.mark.parametrize("call", WAYS)
async def test_with_a_proxy_each_rule_keeps_one_way_shut(workspace: Path, call: str) -> None:
    """Without its rule (and Landlock's own, for connecting) the way is open."""
    weakened = Weakened(call, network=True)
    assert await tried_to_get_out(weakened, workspace, WAYS[call]) == "through"


async def test_another_protocol_is_no_way_out(workspace: Path) -> None:
    """Landlock knows TCP alone: a stream by several paths would pass it."""
    way = "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262).connect(there)"
    assert await tried_to_get_out(Landlock(), workspace, way) == "shut"
    assert await tried_to_get_out(Weakened("socket", "connect"), workspace, way) == "through"


async def test_a_connection_to_the_proxys_port_is_led_to_it(workspace: Path) -> None:
    """Clients that know addresses only reach the proxy at a port of loopback at which nobody listens; no other port is led."""
    code = (
        "import socket\n"
        "s = socket.create_connection(('127.0.0.1', 9), 5); print(s.recv(9).decode())\n"
        "for there in (('127.0.0.1', 10), ('127.0.0.2', 9)):\n"
        "    try: socket.create_connection(there, 5); print('through')\n    except PermissionError: print('shut')\n"
    )
    async with await asyncio.start_unix_server(answer, workspace.parent / "proxy"):
        spec = spec_of(workspace, "/usr/bin/python3", "-I", "-c", code, network=ProxySocket(workspace.parent / "proxy"))
        assert (await said(Landlock(), spec)).split() == ["proxy", "shut", "shut"]


async def test_refuses_what_it_cannot_hold(workspace: Path) -> None:
    """A read-only place in a writable one would be writable, and a moved one would be missing: neither is run."""
    (workspace / "kept").mkdir()
    for mount in (Mount(workspace / "kept", f"{workspace}/kept"), Mount(workspace, "/elsewhere")):
        with pytest.raises(InvalidInput, match=r"kept|elsewhere"):
            await Landlock().start(spec_of(workspace, "true", mounts=(mount,)))


async def test_no_wall_no_command(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall that cannot be built is an error, not a command without a wall, and leaves nothing behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # others of this machine have scratches too
    before = scratches()
    broken = Weakened(grants=(("/nowhere", "read"),))
    with pytest.raises(SandboxUnavailable, match="nowhere"):
        await broken.start(spec_of(workspace, "touch", "ran"))
    assert not list(workspace.iterdir())
    assert scratches() == before


def scratches() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob("tamma-sandbox-*")}


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
async def test_dies_with_the_harness(workspace: Path, by: signal.Signals) -> None:
    """A signal to the harness and its group, as a terminal sends, ends everything inside: the lock that a daemon held there comes free."""
    assert await dies_with_its_harness(Landlock, workspace, by=by)


async def test_descriptors_are_given_back(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many commands, ended, killed and failed, leave no descriptor, no child and no directory behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # others of this machine have scratches too
    sandbox, broken, before = Landlock(), Weakened(grants=(("/nowhere", "read"),)), scratches()
    spec, running = spec_of(workspace, "true"), children()
    await (await sandbox.start(spec)).wait()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(8):
        await (await sandbox.start(spec)).wait()
        await (await sandbox.start(spec)).kill()
        with pytest.raises(SandboxUnavailable):
            await broken.start(spec)
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    assert scratches() == before
    assert children() == running
