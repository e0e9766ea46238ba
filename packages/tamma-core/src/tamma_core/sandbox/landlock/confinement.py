"""Give up rights for good, in the child that becomes the command; with the standard library only.

Source: the kernel's Documentation/userspace-api/landlock.rst and seccomp(2).
"""

from __future__ import annotations

import ctypes
import os
import struct

TYPE_CHECKING = False  # else the start of each command would wait for `typing`
if TYPE_CHECKING:
    from typing import Any

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
OLDEST_ABI = 6
"""The first in which a command can be kept from signalling processes outside, and from abstract sockets."""
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REFER, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 13, 1 << 14
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
EVERYTHING = (1 << 16) - 1
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
RIGHTS = {
    "read": EXECUTE | READ_FILE | READ_DIR,
    "write": EVERYTHING & ~(MAKE_CHAR | MAKE_BLOCK),
    "device": READ_FILE | WRITE_FILE,
}
BIND_OR_CONNECT_TCP = 0b11
ABSTRACT_SOCKETS, SIGNALS = 0b01, 0b10
QUIET_ABI, QUIET = 7, 0b1
"""From this version on denials are audited, unless asked not to: killing all in reach is denied once for each process of the host."""
NO_NEW_PRIVILEGES, DROP_BOUNDING, AMBIENT, CLEAR_AMBIENT = 38, 24, 47, 4
CAPABILITIES_VERSION = 0x20080522
SET_FILTER, NEW_LISTENER, WAIT_KILLABLE = 1, 1 << 3, 1 << 5
_libc = ctypes.CDLL(None, use_errno=True)


def landlock_abi() -> int:
    """Answer the kernel's Landlock version; 0 where there is none or it is not allowed."""
    return max(0, int(_libc.syscall(CREATE_RULESET, None, 0, 1)))


def enclose_signals() -> None:
    """Keep this process and all that it starts from signalling others; raise `OSError` where they can still be reached.

    Then `kill(-1)` means exactly what it started, in one act of the kernel during which nothing can fork.
    """
    _checked("no_new_privs", _libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    # Moving files between folders is the one right that a ruleset takes without a word of it.
    wanted = struct.pack("=QQQ", REFER, 0, SIGNALS)
    ruleset = _checked("landlock_create_ruleset", _libc.syscall(CREATE_RULESET, wanted, len(wanted), 0))
    _add_rule(ruleset, "/", REFER)
    quiet = QUIET if landlock_abi() >= QUIET_ABI else 0
    _checked("landlock_restrict_self", _libc.syscall(RESTRICT_SELF, ruleset, quiet))
    os.close(ruleset)
    try:
        os.kill(os.getppid(), 0)
    except PermissionError:
        return
    raise OSError(0, "signals reach the harness")


def confine(order: dict[str, Any]) -> int | None:
    """Drop powers, files, signals and system calls; answer the descriptor at which the supervisor is asked, if it is to be."""
    _checked("no_new_privs", _libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _drop_powers()
    _restrict(order["grants"], network=order["network"], scopes=order["scopes"])
    return _filter(order)


def _drop_powers() -> None:
    for capability in range(64):
        _libc.prctl(DROP_BOUNDING, capability, 0, 0, 0)
    _libc.prctl(AMBIENT, CLEAR_AMBIENT, 0, 0, 0)
    none = ctypes.create_string_buffer(24)
    _checked("capset", _libc.capset(struct.pack("=Ii", CAPABILITIES_VERSION, 0), none))


def _restrict(grants: list[list[str]], *, network: bool, scopes: int) -> None:
    """Handle every right of files, then give some back beneath each path."""
    wanted = struct.pack("=QQQ", EVERYTHING, 0 if network else BIND_OR_CONNECT_TCP, scopes)
    ruleset = _checked("landlock_create_ruleset", _libc.syscall(CREATE_RULESET, wanted, len(wanted), 0))
    for path, kind in grants:
        rights = RIGHTS[kind] if os.path.isdir(path) else RIGHTS[kind] & OF_FILES  # noqa: PTH112 - no pathlib in here
        _add_rule(ruleset, path, rights)
    _checked("landlock_restrict_self", _libc.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _add_rule(ruleset: int, path: str, rights: int) -> None:
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = struct.pack("=Qi", rights, beneath)
    _checked(f"landlock_add_rule {path}", _libc.syscall(ADD_RULE, ruleset, 1, rule, 0))
    os.close(beneath)


def _filter(order: dict[str, Any]) -> int | None:
    flags = NEW_LISTENER | WAIT_KILLABLE if order["asked"] else 0
    listener = None
    for program, with_flags in ((order["newest"], 0), (order["filter"], flags)):
        code = ctypes.create_string_buffer(program, len(program))
        head = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
        answer = _checked("seccomp", _libc.syscall(order["seccomp"], SET_FILTER, with_flags, head))
        listener = answer if with_flags else None
    return listener


def _checked(what: str, answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return answer
