"""Run a command with a proxy on its own loopback; started in the sandbox by path, with the standard library only.

Arguments: the proxy's Unix socket, then the command. The sandbox has no other way out, so whoever ends or replaces
this program gains nothing: what may pass is decided at the other end of the socket.
"""

import asyncio
import contextlib
import os
import sys

HERE = "127.0.0.1"
CHUNK = 1 << 16


def variables(port: int, environment: "dict[str, str]") -> "dict[str, str]":
    """Tell every kind of client of the proxy; those in Java read no other variable than this one."""
    address = f"http://{HERE}:{port}"
    java = " ".join(f"-D{scheme}.proxyHost={HERE} -D{scheme}.proxyPort={port}" for scheme in ("http", "https"))
    told = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), address)
    spared = dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1,::1")
    options = f"{environment.get('JAVA_TOOL_OPTIONS', '')} {java}".strip()
    return {**told, **spared, "NODE_USE_ENV_PROXY": "1", "JAVA_TOOL_OPTIONS": options}


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way to their end."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()


async def carry(socket: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Join one connection to the proxy's socket."""
    with contextlib.closing(writer), contextlib.suppress(OSError):
        there, back = await asyncio.open_unix_connection(socket)
        with contextlib.closing(back):
            await asyncio.gather(pump(reader, back), pump(there, writer))


async def run(socket: str, command: "list[str]") -> int:
    """Listen, run the command to its end, and answer its code as a shell would."""
    server = await asyncio.start_server(lambda reader, writer: carry(socket, reader, writer), HERE, 0)
    environment = dict(os.environ)
    environment.update(variables(server.sockets[0].getsockname()[1], environment))
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127
    code = await process.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    # At once: what still passes has nobody left to read it.
    os._exit(asyncio.run(run(sys.argv[1], sys.argv[2:])))
