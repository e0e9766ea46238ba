"""The one rule for addresses without encryption: this machine's own, and places that the operator named."""

import ipaddress
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from tamma_core.domain.errors import ConfigError

IN_THE_CLEAR = "leads over plain http to `{}`: whoever is on the way can read and change all that is said"
HINT = "use https, or name `{}` in `plainHttp` if every network on the way is trusted"


def check_encrypted(what: str, url: str, plain_http: Collection[str]) -> None:
    """Raise `ConfigError` for plain http to another machine, unless `plain_http` has its `host:port`."""
    place = place_in_the_clear(url, plain_http)
    if place:
        raise ConfigError(f"the address of {what} {IN_THE_CLEAR.format(place)}", hint=HINT.format(place))


def place_in_the_clear(url: str, plain_http: Collection[str]) -> str:
    """Answer the `host:port` that must not be reached like this; empty where it may."""
    try:
        parts = urlsplit(url)
        place = _place(parts)
    except ValueError:
        return ""  # no address at all, which whoever uses it refuses
    if parts.scheme != "http" or _is_loopback(parts.hostname or "") or place in plain_http:
        return ""
    return place


def read_place(text: str) -> str:
    """Write a permitted `host` or `host:port` as addresses are compared with it; raise `ValueError` for anything else."""
    parts = urlsplit(f"http://{text}")
    if parts.netloc != text or "@" in text or not parts.hostname:
        raise ValueError("is not a host with a port")
    return _place(parts)


def _place(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]:{parts.port or 80}" if ":" in host else f"{host}:{parts.port or 80}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
