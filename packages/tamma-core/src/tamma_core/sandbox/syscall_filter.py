"""Compile rules about system calls for the kernel, by libseccomp."""

import struct
import tempfile
from functools import lru_cache
from types import ModuleType
from typing import cast

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.sandbox.syscall_rules import NEWEST, Rule, When

_ALLOW, _ERRNO_ENOSYS = 0x7FFF0000, 0x00050000 | 38
_UNKNOWN = -1
_LOAD_NUMBER, _JUMP_GREATER, _ANSWER = 0x20, 0x25, 0x06


@lru_cache(maxsize=8)
def compiled(rules: tuple[Rule, ...]) -> bytes:
    """Answer a filter that allows everything but what the rules say; raise `SandboxUnavailable` without libseccomp."""
    seccomp = _library()
    made = seccomp.SyscallFilter(seccomp.ALLOW)
    for rule in rules:
        if number_of(rule.call) == _UNKNOWN:
            raise SandboxUnavailable(
                f"libseccomp does not know `{rule.call}`", hint="install libseccomp 2.5.3 or newer"
            )
        action = seccomp.NOTIFY if rule.error is None else seccomp.ERRNO(rule.error)
        made.add_rule(action, rule.call, *(_argument(when) for when in rule.when))
    with tempfile.TemporaryFile() as file:
        made.export_bpf(file)
        file.seek(0)
        return file.read()


def newest_only() -> bytes:
    """Answer a filter that hides every system call that the rules could not know of."""
    program = (
        (_LOAD_NUMBER, 0, 0, 0),
        (_JUMP_GREATER, 0, 1, NEWEST),
        (_ANSWER, 0, 0, _ERRNO_ENOSYS),
        (_ANSWER, 0, 0, _ALLOW),
    )
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def number_of(call: str) -> int:
    """Answer a system call's number on this machine; negative where there is none."""
    seccomp = _library()
    return int(seccomp.resolve_syscall(seccomp.system_arch(), call))


def _argument(when: When) -> object:
    seccomp = _library()
    if when.mask is not None:
        return seccomp.Arg(when.argument, seccomp.MASKED_EQ, when.mask, when.value)
    return seccomp.Arg(when.argument, seccomp.NE if when.differs else seccomp.EQ, when.value)


def _library() -> ModuleType:
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise SandboxUnavailable(
            f"libseccomp cannot be loaded: {error}", hint="install libseccomp 2.5 or newer (Debian: `libseccomp2`)"
        ) from error
    return cast(ModuleType, pyseccomp)
