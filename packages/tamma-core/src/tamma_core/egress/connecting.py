"""Find the addresses of a permitted host and connect to one of exactly these."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from socket import SOCK_STREAM

from tamma_core.domain.authority import Authority
from tamma_core.egress.addresses import Address, permitted
from tamma_core.egress.ledger import RefusedError
from tamma_core.egress.policy import EgressPolicy
from tamma_core.egress.pumping import Ends
from tamma_core.ports.egress import Resolver

BUFFER = 1 << 16


class SystemResolver:
    """Look names up as the host does."""

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Answer all addresses of a host, the preferred first; raise `OSError` when there are none."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
        return tuple(dict.fromkeys(ip_address(address[0]) for *_, address in found))


async def connect(target: Authority, policy: EgressPolicy, resolver: Resolver) -> Ends:
    """Look a permitted host up once and connect there.

    One bad address among several refuses them all: whoever mixes them wants to be asked twice.
    Errors: `RefusedError`; `OSError` and `TimeoutError` when it cannot be reached.
    """
    if target not in policy.hosts:
        raise RefusedError("is not on the list of package hosts")
    async with asyncio.timeout(policy.limits.connect_s):
        addresses = await resolver.resolve(target.host, target.port)
        for address in addresses:
            if not permitted(address, policy.networks):
                raise RefusedError(f"leads to {address}, which is neither public nor permitted")
        return await _first(addresses, target.port)


async def _first(addresses: Sequence[Address], port: int) -> Ends:
    problem = OSError("no address")
    for address in addresses:
        try:
            return Ends(*await asyncio.open_connection(str(address), port, limit=BUFFER))
        except OSError as error:
            problem = error
    raise problem
