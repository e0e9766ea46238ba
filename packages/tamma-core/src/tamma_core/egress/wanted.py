"""Read what a request wants of the proxy, and refuse what is not said plainly."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import h11

from tamma_core.domain.authority import Authority, read_authority
from tamma_core.domain.record import Record
from tamma_core.egress.ledger import RefusedError

_HTTP = 80
_PLAIN_METHODS = frozenset({b"GET", b"HEAD"})
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"host",
        b"keep-alive",
        b"proxy-connection",
        b"te",  # codespell:ignore
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


class Tunnel(Record, frozen=True):
    """Be joined to a host, to speak TLS with it."""

    target: Authority


class Fetch(Record, frozen=True):
    """Be answered one request in plain HTTP."""

    target: Authority
    method: bytes
    path: bytes
    headers: tuple[tuple[bytes, bytes], ...]


def read_wanted(request: h11.Request) -> Tunnel | Fetch:
    """Answer what is wanted; raise `RefusedError` for what is odd or ambiguous."""
    headers = tuple((name, value) for name, value in request.headers)
    if request.method == b"CONNECT":
        target = _authority(request.target.decode("ascii"), None)
        _check_host(headers, target, bare=True)
        return Tunnel(target)
    return _fetch(request, headers)


def _fetch(request: h11.Request, headers: tuple[tuple[bytes, bytes], ...]) -> Fetch:
    if request.method not in _PLAIN_METHODS:
        raise RefusedError("came with a method other than CONNECT, GET and HEAD")
    text = request.target.decode("ascii")
    if not text.lower().startswith("http://") or "#" in text or "\\" in text:
        raise RefusedError("is not an address of the form http://host/path")
    parts = urlsplit(text)
    target = _authority(parts.netloc, _HTTP)
    _check_host(headers, target, bare=target.port == _HTTP)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    return Fetch(target, request.method, path.encode("ascii"), end_to_end(headers))


def _authority(text: str, port: int | None) -> Authority:
    try:
        return read_authority(text, port=port)
    except ValueError as error:
        raise RefusedError(str(error)) from None


def _check_host(headers: Iterable[tuple[bytes, bytes]], target: Authority, *, bare: bool) -> None:
    """Require that whoever reads the one place and whoever reads the other see the same host."""
    allowed = {str(target), target.host} if bare else {str(target)}
    if any(name == b"host" and value.decode("latin-1").lower() not in allowed for name, value in headers):
        raise RefusedError("names another host in its header `Host`")


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    """Answer the headers that are not only for the next hop; `Host` is written anew."""
    listed = tuple(headers)
    named = {word.strip().lower() for name, value in listed if name == b"connection" for word in value.split(b",")}
    return tuple(
        (name, value) for name, value in listed if name not in _HOP_BY_HOP | named and not name.startswith(b"proxy-")
    )
