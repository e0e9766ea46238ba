"""Answers to git's questions for a password: to one origin, once, through pipes."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tamma_core.domain.errors import ConfigError
from tamma_core.domain.record import Record
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import Address

_ANY_USER = "git"
_LONGEST_BYTES = 4096
"""What every pipe takes without a reader."""
_PROGRAM = """#!/bin/sh
# The pipes hold one answer each, so that a second question finds them empty.
case $1 in
"Username for '"*"': ") answers=$TAMMA_ASKPASS_USERNAME_FD ;;
"Password for '"*"': ") answers=$TAMMA_ASKPASS_SECRET_FD ;;
*) exit 1 ;;
esac
asked=${1#*"'"}
asked=${asked%"': "}
rest=${asked#*://}
[ "${asked%%://*}://${rest##*@}" = "$TAMMA_ASKPASS_ORIGIN" ] || exit 1
IFS= read -r answer <"/dev/fd/$answers" || exit 1
printf '%s\\n' "$answer"
"""


class Answers(Record, frozen=True):
    """Hold what a git process needs to be given answers."""

    environment: Mapping[str, str]
    fds: tuple[int, ...]


def write_program(path: Path) -> None:
    """Write the program that git asks; it holds no secret."""
    if path.exists() and path.read_text() == _PROGRAM:
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(_PROGRAM)
    fresh.chmod(0o700)
    fresh.replace(path)


@contextlib.contextmanager
def answering(remote: GitRemote, address: Address, program: Path) -> Iterator[Answers]:
    """Prepare the answers for one git process; without a secret git is told that there is nobody to ask."""
    if remote.secret is None or not address.origin:
        yield Answers({"GIT_ASKPASS": ""}, ())
        return
    with contextlib.ExitStack() as stack:
        username = _pipe(remote.username or _ANY_USER, stack)
        secret = _pipe(remote.secret.get_secret_value(), stack)
        environment = {
            "GIT_ASKPASS": str(program),
            "TAMMA_ASKPASS_ORIGIN": address.origin,
            "TAMMA_ASKPASS_USERNAME_FD": str(username),
            "TAMMA_ASKPASS_SECRET_FD": str(secret),
        }
        yield Answers(environment, (username, secret))


def _pipe(answer: str, stack: contextlib.ExitStack) -> int:
    content = f"{answer}\n".encode()
    if not answer.isprintable() or len(content) > _LONGEST_BYTES:
        raise ConfigError("the token for git is not one printable line", hint="check the configured secret")
    reading, writing = os.pipe()
    stack.callback(os.close, reading)
    try:
        os.write(writing, content)
    finally:
        os.close(writing)
    return reading
