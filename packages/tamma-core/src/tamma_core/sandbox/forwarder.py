"""Run a command with a proxy on its own loopback; started in the sandbox by path, with the standard library only.

Arguments: the proxy's Unix socket, the variables that tell the command of it as JSON (with `PORT` for the port), then the command. The sandbox has no other way out, so whoever ends or replaces
this program gains nothing: what may pass is decided at the other end of the socket.
"""

import asyncio
import contextlib
import json
import os
import sys

HERE = "127.0.0.1"
LED_PORT = 9
"""Where nobody may listen, the wall itself leads connections to this port of loopback to the proxy."""
CHUNK = 1 << 16


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


async def run(socket: str, told: "dict[str, str]", command: "list[str]") -> int:
    """Listen, run the command to its end, and answer its code as a shell would."""
    try:
        server = await asyncio.start_server(lambda reader, writer: carry(socket, reader, writer), HERE, 0)
        port = str(server.sockets[0].getsockname()[1])
    except PermissionError:
        port = str(LED_PORT)
    environment = {**os.environ, **{name: value.replace("PORT", port) for name, value in told.items()}}
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127
    code = await process.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    # At once: what still passes has nobody left to read it.
    os._exit(asyncio.run(run(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:])))
