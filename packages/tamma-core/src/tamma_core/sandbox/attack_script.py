"""Attack the sandbox from inside; started there by itself, with the standard library only.

Reads a JSON object from standard input: `victim` (a host directory), `canary` (a host file), `parent` (the harness's
process id), `other` (the id of a process outside), `began` (the ticks in which these two began), `port` (of TCP and
UDP), `abstract` (a socket's name), `socket` (one's path), `device` (a node of the host), `workspace` (writable here, with
a link `out` to the victim), `attacks` (their names).
Prints one JSON object: for each attack what it got, as far as only the attacker can tell.
"""

import contextlib
import ctypes
import hashlib
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLONE_NEWUSER = 0x10000000
PTRACE_SEIZE = 0x4206
IO_URING_SETUP = 425
DETACH = 2
CHILDREN, CHILD_S = 300, 3.0
DAEMON_S = 5.0
SETTINGS = (
    *(f"sys/kernel/{name}" for name in ("core_pattern", "modprobe", "panic", "printk", "randomize_va_space", "sysrq")),
    *("sys/vm", "sys/dev", "sys/abi", "sys/fs/binfmt_misc", "sys/fs/file-max", "sys/fs/suid_dumpable"),
    *("acpi", "bus", "irq", "scsi", "sysrq-trigger"),
)
"""Below /proc; what a namespace of one's own has for itself is left out."""
_libc = ctypes.CDLL(None, use_errno=True)
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
        os._exit(_libc.unshare(CLONE_NEWUSER) != 0)
    return "made one" if os.waitpid(child, 0)[1] == 0 else ""


def change_mode(aim: Aim) -> str:
    """Open a file of the host to everybody, by its name and through the root of another process."""
    for root in ("", f"/proc/{aim['parent']}/root"):
        with contextlib.suppress(OSError):
            os.chmod(root + aim["canary"], 0o777)  # noqa: PTH101, S103 - that is the attack
            return "changed"
    return ""


def set_kernel(_: Aim) -> str:
    """Open what the host's kernel is set by, for writing; nothing is written, as that would be done."""
    for name in SETTINGS:
        for path in (Path("/proc", name), *Path("/proc", name).rglob("*")):
            with contextlib.suppress(OSError):
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
                return f"opened {path}"
    return ""


def change_device(aim: Aim) -> str:
    """Set the mode of a device to what it is, and tell which one that was; whether it is the host's is the host's to tell."""
    with contextlib.suppress(OSError):
        node = Path(aim["device"])
        shown = node.stat()
        node.chmod(shown.st_mode & 0o7777)
        return f"{shown.st_dev}:{shown.st_ino}"
    return ""


def connect_path(aim: Aim) -> str:
    """Connect to a socket of the host in the file system, as that of a container engine is."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect(aim["socket"])
        return "connected"
    return ""


def send_datagram(aim: Aim) -> str:
    """Send a datagram to the host's loopback; whether it came is the host's to tell."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", ("127.0.0.1", aim["port"]))
    return ""


def is_outside(aim: Aim, pid: int) -> bool:
    """Tell whether a number means the host's process: in here another may have it, which began at another time."""
    with contextlib.suppress(OSError, IndexError):
        return bool(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19] == aim["began"][str(pid)])
    return True


def signal_outside(aim: Aim) -> str:
    """Kill a process of the host."""
    with contextlib.suppress(OSError):
        if is_outside(aim, aim["other"]):
            os.kill(aim["other"], signal.SIGTERM)
    return ""


def limit_outside(aim: Aim) -> str:
    """Take a process of the host its right to open files."""
    with contextlib.suppress(OSError, ValueError):
        if is_outside(aim, aim["other"]):
            resource.prlimit(aim["other"], resource.RLIMIT_NOFILE, (3, 3))
    return ""


def trace_outside(aim: Aim) -> str:
    """Take hold of the harness as a debugger does."""
    if is_outside(aim, aim["parent"]) and _libc.ptrace(PTRACE_SEIZE, aim["parent"], None, None) == 0:
        return "took hold"
    return ""


def use_io_uring(_: Aim) -> str:
    """Make the kernel do calls that no filter sees."""
    ring = _libc.syscall(IO_URING_SETUP, 1, ctypes.create_string_buffer(120))
    if ring < 0:
        return ""
    os.close(ring)
    return "made a ring"


def mount(aim: Aim) -> str:
    """Mount a file system, and take it off again."""
    place = aim["workspace"].encode()
    if _libc.mount(b"tmpfs", place, b"tmpfs", 0, None) != 0:
        return ""
    _libc.umount2(place, DETACH)
    return "mounted"


def inherit(_: Aim) -> str:
    """Look for descriptors that were left open."""
    found = []
    for descriptor in range(3, 1024):
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            found.append(str(descriptor))
    return " ".join(found)


def multiply(_: Aim) -> str:
    """Start more processes than are allowed, and have them stay a while."""
    started = 0
    with contextlib.suppress(OSError):
        for _number in range(CHILDREN):
            if os.fork() == 0:
                time.sleep(CHILD_S)
                os._exit(0)
            started += 1
    time.sleep(CHILD_S)
    return str(started)


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
    "connect to a socket by its path": connect_path,
    "send a datagram": send_datagram,
    "nest a user namespace": nest,
    "change a mode outside": change_mode,
    "change a device": change_device,
    "set the kernel": set_kernel,
    "limit a process outside": limit_outside,
    "signal a process outside": signal_outside,
    "trace a process outside": trace_outside,
    "use io_uring": use_io_uring,
    "mount a file system": mount,
    "inherit a descriptor": inherit,
    "outlive the command": outlive,
    "multiply without end": multiply,
}


def main() -> None:
    """Run the attacks that are asked for, and print what each got."""
    aim = json.load(sys.stdin)
    print(json.dumps({name: ATTACKS[name](aim) for name in aim["attacks"]}), flush=True)  # noqa: T201 - the report itself


if __name__ == "__main__":
    main()
