"""The name and port of a host, as requests and configurations write them."""

import re

from tamma_core.domain.record import Record

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A last label that begins with a digit is how addresses look: 127.1, 0177.0.0.1, 0x7f000001, 2130706433.
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?=[a-z]){_LABEL}")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
LONGEST_NAME = 253
HIGHEST_PORT = 65_535


class Authority(Record, frozen=True):
    """Name a host, in lower case and without a trailing dot, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def read_authority(text: str, *, port: int | None = None) -> Authority:
    """Read `host:port`, or `host` where a port is given; raise `ValueError` for addresses and whatever else is odd."""
    name, colon, number = text.partition(":")
    host = name.lower()
    if not (text.isascii() and len(host) <= LONGEST_NAME and _NAME.fullmatch(host)):
        raise ValueError("is not the name of a host")
    if not colon and port is not None:
        return Authority(host, port)
    if not _PORT.fullmatch(number) or int(number) > HIGHEST_PORT:
        raise ValueError("does not end with a port")
    return Authority(host, int(number))
