"""No way to the network while it is closed; in a process of its own, since an audit hook stays for its life."""

import subprocess
import sys

import pytest

PROGRAM = """
import socket
from tamma_cli.offline import offline
from tamma_core.ports.tape import Incomplete
there = socket.create_server(("127.0.0.1", 0))
address = there.getsockname()
def reach():
    {way}
try:
    with offline():
        reach()
except Incomplete as closed:
    print(closed.message)
reach()
"""
WAYS = {
    "connect": "socket.create_connection(address).close()",
    "look-up": "socket.getaddrinfo('localhost', 80)",
    "datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', address)",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_way_is_open(way: str) -> None:
    """What works outside is refused inside, with words that say what asked."""
    program = PROGRAM.format(way=way)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "asked for the network" in done.stdout
