"""Join a Unix socket of the host to a command's own loopback, and tell the command by its environment."""

import json
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from tamma_core.ports.sandbox import PROXY_SOCKET, Mount, ProxySocket, SandboxSpec
from tamma_core.sandbox.interpreter import PYTHON, interpreter

HERE = "http://127.0.0.1:PORT"
"""The address inside; the port is known when the command starts."""
_PROGRAM = "/tamma/forwarder.py"


def proxy_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Tell every kind of client of a proxy; those in Java and the newer Yarn read no other variables than theirs."""
    java = " ".join(f"-D{scheme}.proxyHost=127.0.0.1 -D{scheme}.proxyPort=PORT" for scheme in ("http", "https"))
    told = dict.fromkeys(
        ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "YARN_HTTP_PROXY", "YARN_HTTPS_PROXY"), HERE
    )
    spared = dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1,::1")
    options = f"{environment.get('JAVA_TOOL_OPTIONS', '')} {java}".strip()
    return {**told, **spared, "NODE_USE_ENV_PROXY": "1", "JAVA_TOOL_OPTIONS": options}


def forwarded(spec: SandboxSpec, socket: Path, variables: Mapping[str, str]) -> SandboxSpec:
    """Answer the same command with the socket on its loopback, and told of it; `PORT` in a variable is the port there."""
    program = Mount(Path(__file__).with_name("forwarder.py"), _PROGRAM)
    return replace(
        spec,
        argv=(*PYTHON, _PROGRAM, PROXY_SOCKET, json.dumps(dict(variables)), *spec.argv),
        mounts=(*spec.mounts, *interpreter(), program),
        network=ProxySocket(socket),
    )
