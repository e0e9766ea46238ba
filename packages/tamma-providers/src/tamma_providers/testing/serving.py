"""Serve a rehearsed model on loopback."""

import contextlib
import socket
from collections.abc import AsyncIterator

from starlette.types import ASGIApp

from tamma_providers.running import running


@contextlib.asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve in the running loop on a free port of 127.0.0.1; gives `http://127.0.0.1:PORT`.

    Raises at the end what a rehearsed model's script did that no model would: it says more than what came of it.
    """
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        # Inherited by each connection; without it every small event waits for the acknowledgement of the one before.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with running(app, listener):
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for fault in getattr(getattr(app, "state", None), "faults", ()):
                raise fault
