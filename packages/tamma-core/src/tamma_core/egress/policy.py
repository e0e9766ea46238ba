"""Which hosts may be reached, and at which addresses; what the operator says, never the repository."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlsplit

from msgspec import field

from tamma_core.domain.authority import Authority, read_authority
from tamma_core.domain.record import Record

Network = IPv4Network | IPv6Network
HTTPS = 443


class EgressLimits(Record, frozen=True, kw_only=True):
    """Bound one way out; bytes and connections are those of all its commands together."""

    at_once: int = 128
    connections: int = 20_000
    sent_bytes: int = 64 << 20
    """Requests are small: more than this is somebody carrying things out."""
    received_bytes: int = 8 << 30
    request_s: float = 15.0
    """For a request, or the greeting of a tunnel, to be complete."""
    connect_s: float = 20.0
    idle_s: float = 120.0


class EgressPolicy(Record, frozen=True, kw_only=True):
    """Name hosts with their ports, and the networks beside the public ones where they may lie."""

    hosts: frozenset[Authority]
    networks: tuple[Network, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that tell clients of the operator's own registries."""
    limits: EgressLimits = field(default_factory=EgressLimits)


@cache
def _table() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads(files("tamma_core.egress").joinpath("data", "registries.toml").read_text("utf-8"))


def ecosystems() -> tuple[str, ...]:
    """Name the ecosystems whose registries are known."""
    return tuple(_table())


def registry_hosts(names: Iterable[str] | None = None) -> frozenset[Authority]:
    """Answer the registries of some ecosystems, or of all."""
    rows = [_table()[name] for name in (_table() if names is None else names)]
    return frozenset(Authority(host, HTTPS) for row in rows for host in row["hosts"])


def own_registries(addresses: Mapping[str, str]) -> tuple[frozenset[Authority], dict[str, str]]:
    """Answer the hosts of an operator's own registries, and the variables that lead clients there.

    Raises `ValueError` for an address whose host is not a plain name, or an ecosystem that cannot be led.
    """
    hosts: set[Authority] = set()
    variables: dict[str, str] = {}
    for ecosystem, address in addresses.items():
        names = _table().get(ecosystem, {}).get("address")
        if not names:
            raise ValueError(f"of `{ecosystem}` cannot be told to its clients")
        parts = urlsplit(address)
        hosts.add(read_authority(parts.netloc, port=HTTPS if parts.scheme == "https" else 80))
        variables |= dict.fromkeys(names, address)
    return frozenset(hosts), variables
