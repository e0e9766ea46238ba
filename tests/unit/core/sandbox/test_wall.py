"""The options say what the specification says, and nothing that it does not."""

import socket
from pathlib import Path

import pytest
from tamma_core.domain.errors import InvalidInput
from tamma_core.ports.sandbox import PROXY_SOCKET, HostNetwork, Mount, ProcessLimits, ProxySocket, SandboxSpec
from tamma_core.sandbox.wall import temporary_directories, wall_options


def spec(
    *mounts: Mount,
    network: ProxySocket | HostNetwork | None = None,
    limits: ProcessLimits | None = None,
    environment: dict[str, str] | None = None,
) -> SandboxSpec:
    return SandboxSpec(
        argv=("true",),
        cwd="/",
        mounts=mounts,
        environment=environment or {},
        network=network,
        limits=limits or ProcessLimits(),
    )


def options(wish: SandboxSpec) -> str:
    return " ".join(wall_options(wish, Path("/copy/of/etc"), {}, disable_userns=True))


def test_network_is_off_unless_shared() -> None:
    """Only the host's network keeps the host's namespace."""
    assert "--unshare-net" in options(spec())
    assert "--unshare-net" not in options(spec(network=HostNetwork()))


def test_proxy_is_a_mount(tmp_path: Path) -> None:
    """A proxy's socket appears at its fixed place, without a network; what is no socket is refused."""
    path = tmp_path / "proxy"
    with pytest.raises(InvalidInput):
        options(spec(network=ProxySocket(path)))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        said = options(spec(network=ProxySocket(path)))
    assert f"--ro-bind {path} {PROXY_SOCKET}" in said
    assert "--unshare-net" in said


def test_outer_mounts_come_first(tmp_path: Path) -> None:
    """A mount inside another one is not hidden by it, however they are listed."""
    said = options(spec(Mount(tmp_path, "/w/cache"), Mount(tmp_path, "/w", writable=True)))
    assert said.index(f"--bind {tmp_path} /w") < said.index(f"--ro-bind {tmp_path} /w/cache")


@pytest.mark.parametrize(
    "inside", ["relative", "/", "//x", "/a/../b", "/a/", "/proc", "/proc/1", "/dev/shm", "/etc", "/etc/x", ""]
)
def test_refuses_places(tmp_path: Path, inside: str) -> None:
    """A mount point that is not plain, or not the caller's, is refused."""
    with pytest.raises(InvalidInput):
        options(spec(Mount(tmp_path, inside)))


def test_refuses_what_is_missing(tmp_path: Path) -> None:
    """A host path that does not exist is refused before anything starts."""
    with pytest.raises(InvalidInput, match="gone"):
        options(spec(Mount(tmp_path / "gone", "/w")))


def test_home_is_the_specification_s() -> None:
    """Another HOME is fresh too; one below /tmp needs no memory of its own."""
    assert temporary_directories(spec(environment={"HOME": "/home/other"})) == ("/tmp", "/dev/shm", "/home/other")
    assert temporary_directories(spec(environment={"HOME": "/tmp/home"})) == ("/tmp", "/dev/shm")
    with pytest.raises(InvalidInput):
        options(spec(environment={"HOME": "/"}))


def test_memory_behind_files_is_bounded() -> None:
    """Directories in memory are as large as the smaller of the limits of disk and memory."""
    said = options(spec(limits=ProcessLimits(disk_bytes=9 << 20, memory_bytes=5 << 20)))
    assert said.count(f"--size {5 << 20} --tmpfs") == 3


def test_refuses_what_a_shell_would_drop() -> None:
    """A variable that would be lost on the way is an error, not a surprise."""
    with pytest.raises(InvalidInput, match="npm"):
        options(spec(environment={"npm-x": "1"}))
