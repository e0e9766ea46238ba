"""No way to the network from this process, for as long as it is wanted."""

import contextlib
import sys
from collections.abc import Iterator

from tamma_core.ports.tape import Incomplete

_OUTWARD = frozenset(
    {
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.sendmsg",
        "socket.sendto",
    }
)


@contextlib.contextmanager
def offline() -> Iterator[None]:
    """Raise `Incomplete` in whoever opens a connection or looks a name up."""
    wanted = [True]

    def watch(event: str, _: object) -> None:
        if wanted[0] and event in _OUTWARD:
            message = f"something in this process asked for the network (`{event}`), which a replay does not have"
            raise Incomplete(message, hint="a forge or provider of another package does not keep a record of its own")

    # An audit hook stays for the life of a process; this one then looks away.
    sys.addaudithook(watch)
    try:
        yield
    finally:
        wanted[0] = False
