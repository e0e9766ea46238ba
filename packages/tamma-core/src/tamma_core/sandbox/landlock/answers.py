"""Do for a command what Landlock cannot see: modes and times of files where it may write, connections to its proxy.

The kernel stops the command until it is answered. What is acted on is always a descriptor that was opened and
checked here, never a name that the command could change in between. Source: seccomp_unotify(2).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from contextlib import ExitStack, suppress

TYPE_CHECKING = False  # else the start of each command would wait for `typing`
if TYPE_CHECKING:
    from typing import Any

REQUEST, REQUEST_SIZE = struct.Struct("=QIIiIQ6Q"), 80
RECEIVE, SEND, STILL_VALID, ADD_DESCRIPTOR = 0xC0502100, 0xC0182101, 0x40082102, 0x40182103
HERE = -100
NO_FOLLOW, EMPTY_PATH = 0x100, 0x1000
REPLACE, CLOSE_ON_EXEC = 1, 0o2000000
PATH_BYTES, PAGE = 4096, 4096
PLAIN_MODE = 0o1777
"""Without set-user-id and set-group-id: on the host the file belongs to whoever runs the harness."""
NAMELESS = ("pipe:", "socket:", "anon_inode:", "/memfd:")
"""What has no place in the file system is the command's own."""
LOOPBACK = b"\x7f\0\0\1"
_libc = ctypes.CDLL(None, use_errno=True)


class Call:
    """Hold a stopped call; a plain class, for a dataclass would double the supervisor's start."""

    __slots__ = ("arguments", "id", "pid")

    def __init__(self, id_: int, pid: int, arguments: tuple[int, ...]) -> None:
        self.id, self.pid, self.arguments = id_, pid, arguments


class Answers:
    """Answer stopped calls, one after the other."""

    def __init__(self, listener: int, order: dict[str, Any]) -> None:
        self._listener = listener
        self._writable = tuple(order["writable"])
        self._proxy = order["proxy"]
        self._proxy_names = frozenset(map(os.fsencode, order["proxy_names"]))
        self._proxy_port = int(order["proxy_port"])
        self._names = {int(number): name for number, name in order["asked"].items()}
        self._doers: dict[str, Callable[[Call, ExitStack], None]] = {
            "chmod": lambda call, opened: self._chmod(call, (HERE, call.arguments[0]), call.arguments[1], opened),
            "fchmodat": lambda call, opened: self._chmod(call, call.arguments[:2], call.arguments[2], opened),
            "fchmod": self._fchmod,
            "utimensat": self._utimensat,
            "connect": self._connect,
        }

    def answer_one(self) -> None:
        """Take the next call and answer it; one whose caller is gone by now is nobody's."""
        buffer = bytearray(REQUEST_SIZE)
        try:
            fcntl.ioctl(self._listener, RECEIVE, buffer)
        except OSError:
            return
        id_, pid, _, number, _, _, *arguments = REQUEST.unpack(buffer)
        error = 0
        with ExitStack() as opened:
            try:
                self._doers[self._names[number]](Call(id_, pid, tuple(arguments)), opened)
            except OSError as failure:
                error = failure.errno or errno.EPERM
            except (OverflowError, ValueError, struct.error):
                error = errno.EFAULT  # numbers that are no address and no descriptor; whoever answers has to live on
        with suppress(OSError):
            fcntl.ioctl(self._listener, SEND, struct.pack("=QqiI", id_, 0, -error, 0))

    def _chmod(self, call: Call, place: tuple[int, ...], mode: int, opened: ExitStack) -> None:
        file = self._named(call, _signed(place[0]), self._text(call, place[1]), opened)
        self._set_mode(call, file, mode)

    def _fchmod(self, call: Call, opened: ExitStack) -> None:
        self._set_mode(call, self._held(call, _signed(call.arguments[0]), opened), call.arguments[1])

    def _set_mode(self, call: Call, file: int, mode: int) -> None:
        self._check(call, file)
        os.chmod(f"/proc/self/fd/{file}", mode & PLAIN_MODE)  # noqa: PTH101 - no pathlib in here

    def _utimensat(self, call: Call, opened: ExitStack) -> None:
        directory, name, times, flags = call.arguments[:4]
        read = self._memory(call, times, 32) if times else None
        path = self._text(call, name) if name else b""
        if path:
            file = self._named(call, _signed(directory), path, opened, follow=not flags & NO_FOLLOW)
        else:
            file = self._held(call, _signed(directory), opened)
        self._check(call, file)
        if _libc.utimensat(HERE, f"/proc/self/fd/{file}".encode(), read, 0) != 0:
            raise OSError(ctypes.get_errno(), "utimensat")

    def _connect(self, call: Call, _: ExitStack) -> None:
        """Put a socket that is connected to the proxy in the place of the command's own."""
        target, address, size = call.arguments[:3]
        said = self._memory(call, address, min(size, 128))
        tcp = struct.pack("=H", socket.AF_INET) + self._proxy_port.to_bytes(2, "big") + LOOPBACK
        unix = said[:2] == struct.pack("=H", socket.AF_UNIX) and said[2:].split(b"\0", 1)[0] in self._proxy_names
        if not self._proxy or not (unix or said[:8] == tcp):
            raise PermissionError(errno.EACCES, "only the proxy can be reached")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ours:
            flags = _flags(call.pid, _signed(target))
            ours.connect(self._proxy)
            ours.setblocking(not flags & os.O_NONBLOCK)
            wish = struct.pack("=QIIII", call.id, REPLACE, ours.fileno(), target & 0xFFFFFFFF, flags & CLOSE_ON_EXEC)
            fcntl.ioctl(self._listener, ADD_DESCRIPTOR, wish)

    def _named(self, call: Call, directory: int, path: bytes, opened: ExitStack, *, follow: bool = True) -> int:
        own = b"/proc/self/"
        if path.startswith(own):
            path = b"/proc/%d/" % call.pid + path.removeprefix(own)
        start = f"/proc/{call.pid}/cwd" if directory == HERE else f"/proc/{call.pid}/fd/{directory}"
        at = _opened(start, os.O_PATH, opened)
        return _opened(path, os.O_PATH | (0 if follow else os.O_NOFOLLOW), opened, at)

    def _held(self, call: Call, descriptor: int, opened: ExitStack) -> int:
        try:
            return _opened(f"/proc/{call.pid}/fd/{descriptor}", os.O_PATH, opened)
        except FileNotFoundError as error:
            raise OSError(errno.EBADF, "no such descriptor") from error

    def _check(self, call: Call, file: int) -> None:
        """Refuse a file outside, and everything when the caller is gone: its number may be another's."""
        place = os.readlink(f"/proc/self/fd/{file}")  # noqa: PTH115 - no pathlib in here
        inside = any(place == root or place.startswith(f"{root}/") for root in self._writable)
        if not inside and not place.startswith(NAMELESS):
            raise PermissionError(errno.EPERM, "outside of what may be written")
        self._still_there(call)

    def _still_there(self, call: Call) -> None:
        fcntl.ioctl(self._listener, STILL_VALID, struct.pack("=Q", call.id))

    def _text(self, call: Call, address: int) -> bytes:
        said = self._memory(call, address, PATH_BYTES)
        text, end, _ = said.partition(b"\0")
        if not end:
            raise OSError(errno.ENAMETOOLONG, "path too long")
        if not text:
            raise FileNotFoundError(errno.ENOENT, "empty path")
        return text

    def _memory(self, call: Call, address: int, size: int) -> bytes:
        """Read from the caller, page by page: the next one may not be there."""
        memory = os.open(f"/proc/{call.pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._still_there(call)
            said = b""
            while len(said) < size:
                at = address + len(said)
                try:
                    part = os.pread(memory, min(size - len(said), PAGE - at % PAGE), at)
                except OSError as error:
                    if said:
                        break
                    raise OSError(errno.EFAULT, "bad address") from error
                said += part
                if not part or (size == PATH_BYTES and b"\0" in part):
                    break
            return said
        finally:
            os.close(memory)


def _opened(path: bytes | str, flags: int, opened: ExitStack, at: int | None = None) -> int:
    descriptor = os.open(path, flags | os.O_CLOEXEC, dir_fd=at)
    opened.callback(os.close, descriptor)
    return descriptor


def _flags(pid: int, descriptor: int) -> int:
    with open(f"/proc/{pid}/fdinfo/{descriptor}") as file:  # noqa: PTH123 - no pathlib in here
        return next((int(line.split()[1], 8) for line in file if line.startswith("flags:")), 0)


def _signed(argument: int) -> int:
    return ctypes.c_int(argument & 0xFFFFFFFF).value
