"""Write a secret as programs, people and attackers would: escaped, encoded, twice encoded, backwards."""

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

# Everybody's key begins with the vendor's prefix, which is in every manual.
_PUBLIC_PREFIX = re.compile(
    r"sk-ant-(?:api|admin|oat)\d\d-|sk-(?:proj|or-v1|svcacct)-|sk-|github_pat_|gh[pousr]_|glpat-|xox[abeoprs]-|hf_|npm_|pypi-"
)
_CODED_LEAST = 8
"""A shorter core of Base64 is in too many texts."""
_Encode = Callable[[bytes], bytes]


def whole_forms(value: str) -> Iterator[str]:
    """Yield the forms that are looked for as a whole."""
    escaped = json.dumps(value)[1:-1]
    plain = json.dumps(value, ensure_ascii=False)[1:-1]
    raw = _raw(value)
    yield from (value, value[::-1], escaped, plain, json.dumps(escaped)[1:-1], escaped.replace("/", "\\/"))
    yield from (repr(value)[1:-1], quote(raw, safe=""), quote(raw), quote_plus(raw), html.escape(value))
    # With whatever stands between the numbers taken out: bytes in decimal, as in entities of HTML and lists, and in octal.
    yield from ("".join(map(str, raw)), "".join(f"{byte:03o}" for byte in raw))
    yield from coded_forms(value)


def piece_forms(value: str) -> Iterator[str]:
    """Yield the forms of which a piece is looked for too."""
    secret = _PUBLIC_PREFIX.sub("", value, count=1)
    yield from (secret, secret[::-1])
    yield from coded_forms(value)


def coded_forms(value: str) -> Iterator[str]:
    """Yield a value in hex, Base32 and Base64, the last at each offset, of wide characters and twice."""
    raw = _raw(value)
    yield raw.hex()
    yield base64.b32encode(raw).decode().rstrip("=")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for data in (raw, value.encode("utf-16-le", "surrogatepass")):
            yield from _at_each_offset(data, encode)
    for once in _at_each_offset(raw, base64.b64encode):
        yield from _at_each_offset(once.encode(), base64.b64encode)


def _at_each_offset(data: bytes, encode: _Encode) -> Iterator[str]:
    for shift in range(3):
        # Inside longer data the first and last characters also carry the neighbours' bits.
        first = (0, 2, 3)[shift]
        whole = len(data) + shift
        last = whole // 3 * 4 + (0, 1, 2)[whole % 3]
        core = encode(b"\0" * shift + data).decode()[first:last]
        if len(core) >= _CODED_LEAST or shift == 0:
            yield core


def _raw(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
