"""Serve a rehearsed model on loopback."""

import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn
from starlette.types import ASGIApp


@contextlib.asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve in the running loop on a free port of 127.0.0.1; gives `http://127.0.0.1:PORT`.

    The server is started and stopped by hand, since its own run would take over the signals of the program.
    """
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        # Inherited by each connection; without it every small event waits for the acknowledgement of the one before.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await server.shutdown(sockets=[listener])
