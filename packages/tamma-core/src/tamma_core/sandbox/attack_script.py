"""Attack the sandbox from inside; started there by itself, with the standard library only.

Reads a JSON object from standard input: `victim` (a host directory), `canary` (a host file), `parent` (the harness's
process id), `port`, `abstract` (a socket's name), `workspace` (writable here, with a link `out` to the victim).
Prints one JSON object: for each attack what it got, as far as only the attacker can tell.
"""

import contextlib
import ctypes
import hashlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLONE_NEWUSER = 0x10000000
DAEMON_S = 5.0
Aim = dict[str, Any]


def write_outside(aim: Aim) -> str:
    """Write beside the workspace, and open a system file for writing."""
    got = []
    with contextlib.suppress(OSError):
        (Path(aim["victim"]) / "written").write_text("x")
    for path in ("/etc/passwd", "/usr/bin/env", "/bin/sh"):
        with contextlib.suppress(OSError), Path(path).open("r+b"):
            got.append(path)
    return " ".join(got)


def read_canary(aim: Aim) -> str:
    """Read a file of the home or data directory, by its path and through other processes' roots."""
    for root in ("", f"/proc/{aim['parent']}/root", "/proc/1/root"):
        with contextlib.suppress(OSError):
            return Path(root + aim["canary"]).read_text()
    return ""


def read_environment(_: Aim) -> str:
    """Answer digests of every environment that /proc shows."""
    digests = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            digests.append(hashlib.sha256(environment.read_bytes()).hexdigest())
    return " ".join(digests)


def connect_loopback(aim: Aim) -> str:
    """Connect to a service on the host's loopback."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", aim["port"]), timeout=1):
        return "connected"
    return ""


def connect_abstract(aim: Aim) -> str:
    """Connect to a socket that has no place in the file system."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect("\0" + aim["abstract"])
        return "connected"
    return ""


def follow_link(aim: Aim) -> str:
    """Read and write through a link that leads out of the workspace."""
    out = Path(aim["workspace"]) / "out"
    with contextlib.suppress(OSError):
        (out / "through-link").write_text("x")
    with contextlib.suppress(OSError):
        return (out / "canary").read_text()
    return ""


def nest(_: Aim) -> str:
    """Make a user namespace, the door to most of the kernel's privileged code."""
    child = os.fork()
    if child == 0:
        os._exit(ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0)
    return "made one" if os.waitpid(child, 0)[1] == 0 else ""


def outlive(aim: Aim) -> str:
    """Leave a daemon that holds a lock where the harness can see it."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            daemon(aim, writer)
        os._exit(0)
    os.close(writer)
    return os.read(reader, 16).decode()


def daemon(aim: Aim, writer: int) -> None:
    """Take the lock, say so, and stay a while."""
    import fcntl

    lock = os.open(Path(aim["workspace"]) / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.write(writer, b"left")
    for standard in (0, 1, 2, writer):
        os.close(standard)
    time.sleep(DAEMON_S)
    os._exit(0)


ATTACKS: dict[str, Callable[[Aim], str]] = {
    "write outside": write_outside,
    "read a canary": read_canary,
    "read the parent's environment": read_environment,
    "connect to loopback": connect_loopback,
    "connect to an abstract socket": connect_abstract,
    "follow a link out": follow_link,
    "nest a user namespace": nest,
    "outlive the command": outlive,
}


def main() -> None:
    """Run every attack and print what each got."""
    aim = json.load(sys.stdin)
    print(json.dumps({name: run(aim) for name, run in ATTACKS.items()}), flush=True)  # noqa: T201 - the report itself


if __name__ == "__main__":
    main()
