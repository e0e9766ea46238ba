"""Be the first process of a container: wait for the harness, filter system calls, run the command, take in orphans.

Started by path, with the standard library only. Argument: a file with the order as JSON. A line on standard input says
that limits are in place; its end without one means that nobody watches, and nothing is run.
"""

import ctypes
import json
import os
import resource
import sys
from base64 import b64decode
from typing import NoReturn

MARK = b"tamma:begin\n"
NO_WALL, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127
BOOKS = ("user_s", "system_s", "largest_bytes", "written_bytes")
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2


def main(path: str) -> NoReturn:
    """Run the order, and exit as the command did."""
    with open(path) as file:  # noqa: PTH123 - no pathlib in here
        order = json.load(file)
    os.dup2(1, 2)  # one stream, in order
    books = os.open(order["books"], os.O_WRONLY | os.O_CLOEXEC)
    os.write(1, MARK)
    if os.read(0, 1) != b"\n":
        os._exit(NO_WALL)
    child = os.fork()
    if child == 0:
        become_command(order)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    while True:
        ended, status = os.wait()
        if ended == child:
            os.write(books, json.dumps(used()).encode())
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def used() -> "dict[str, float]":
    """Answer what everybody who was waited for has used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open("/proc/self/io") as file:  # noqa: PTH123 - no pathlib in here
        written = next((int(line.split()[1]) for line in file if line.startswith("write_bytes:")), 0)
    return dict(zip(BOOKS, (usage.ru_utime, usage.ru_stime, usage.ru_maxrss * 1024, written), strict=True))


def become_command(order: "dict[str, object]") -> NoReturn:
    """Give up what the engine left, and run the command."""
    name, argv, environment = str(order["argv"][0]), order["argv"], order["environment"]  # type: ignore[index] # JSON
    try:
        os.dup2(os.open(str(order["input"]), os.O_RDONLY), 0)
        os.chdir(str(order["cwd"]))
        load_filters(order["filters"])  # type: ignore[arg-type] # JSON
    except OSError as error:
        complain(f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror), NO_WALL)
    os.closerange(3, 1 << 16)
    try:
        os.execvpe(name, argv, environment)  # type: ignore[arg-type] # noqa: S606 - that is what it is for; JSON
    except FileNotFoundError:
        complain(f"{name}: not found", NOT_FOUND)
    except OSError as error:
        complain(f"{name}: {error.strerror}", NOT_EXECUTABLE)


def load_filters(filters: "list[str]") -> None:
    """Hand the kernel compiled filters of system calls; raise `OSError` when it takes one not."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for encoded in filters:
        program = b64decode(encoded)
        code = ctypes.create_string_buffer(program, len(program))

        class Program(ctypes.Structure):
            _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

        if libc.prctl(SECCOMP, FILTER, ctypes.byref(Program(len(program) // 8, ctypes.addressof(code))), 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp was refused")


def complain(text: str, code: int) -> NoReturn:
    """Write a line and end."""
    os.write(2, f"{text}\n".encode(errors="replace"))
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
