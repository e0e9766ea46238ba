"""A way out of the sandbox: to the hosts that the operator names, and to no other."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from tamma_core.domain.traffic import Traffic
from tamma_core.ports.sandbox import SandboxSpec


class WayOut(Protocol):
    """Stand for one opening in the wall; it is shut when its context ends."""

    def through(self, spec: SandboxSpec) -> SandboxSpec:
        """Answer the same command with this way out, and told of it in its environment."""
        ...

    def traffic(self) -> Traffic:
        """Answer what was let through and refused so far; complete once it is shut."""
        ...


class Egress(Protocol):
    """Open ways out."""

    def open(self) -> AbstractAsyncContextManager[WayOut]:
        """Open one; raise `SandboxUnavailable` when it cannot be opened."""
        ...


class Resolver(Protocol):
    """Look names up."""

    async def resolve(self, host: str, port: int) -> Sequence[IPv4Address | IPv6Address]:
        """Answer all addresses of a host, the preferred first; raise `OSError` when there are none."""
        ...
