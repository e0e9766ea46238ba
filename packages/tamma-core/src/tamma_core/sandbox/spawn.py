"""Spawn a child with one output pipe, a sealed input, and no other descriptor than those named."""

import os
from collections.abc import Mapping
from subprocess import DEVNULL, STDOUT, Popen

from tamma_core.domain.record import Record
from tamma_core.sandbox.descriptors import sealed


class Spawn(Record, frozen=True, kw_only=True):
    """Describe a child."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    stdin: bytes | int | None
    """Bytes, a descriptor that stays the caller's, or nothing."""
    cwd: str = "/"
    descriptors: tuple[int, ...] = ()
    session: bool = False


def spawn(wish: Spawn) -> tuple[Popen[bytes], int]:
    """Start the child and answer it with the read end of its output, set to non-blocking.

    To be called in the thread that stays: the kernel ends a child that dies with its parent when the *thread* that forked it ends.
    """
    reader, writer = os.pipe2(os.O_CLOEXEC)
    made = sealed(wish.stdin) if isinstance(wish.stdin, bytes) else None
    given = wish.stdin if isinstance(wish.stdin, int) else DEVNULL
    try:
        child = Popen(
            wish.argv,
            env=dict(wish.environment),
            cwd=wish.cwd,
            stdin=given if made is None else made,
            stdout=writer,
            stderr=STDOUT,
            pass_fds=wish.descriptors,
            start_new_session=wish.session,
        )
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
        if made is not None:
            os.close(made)
    os.set_blocking(reader, False)
    return child, reader


def abandon(child: Popen[bytes], output: int) -> None:
    """End a child that did not become what it should, and let go of its output."""
    child.kill()
    child.wait()
    os.close(output)
