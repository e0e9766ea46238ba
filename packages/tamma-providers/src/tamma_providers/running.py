"""Run an ASGI application in the running loop; the program keeps its signals, which a server's own run would take."""

import contextlib
import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@contextlib.asynccontextmanager
async def running(app: "ASGIApp", listener: socket.socket) -> AsyncIterator[None]:
    """Serve on a listening socket until the context ends."""
    import uvicorn

    config = uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield
    finally:
        await server.shutdown(sockets=[listener])
