"""Give a command a proxy on its own loopback, from a Unix socket of the host."""

from dataclasses import replace
from pathlib import Path

from tamma_core.ports.sandbox import PROXY_SOCKET, Mount, ProxySocket, SandboxSpec
from tamma_core.sandbox.interpreter import PYTHON, interpreter

_PROGRAM = "/tamma/forwarder.py"


def forwarded(spec: SandboxSpec, socket: Path) -> SandboxSpec:
    """Answer the same command, told by its environment to go through a proxy that leads to the socket."""
    program = Mount(Path(__file__).with_name("forwarder.py"), _PROGRAM)
    return replace(
        spec,
        argv=(*PYTHON, _PROGRAM, PROXY_SOCKET, *spec.argv),
        mounts=(*spec.mounts, *interpreter(), program),
        network=ProxySocket(socket),
    )
