"""The network that the set-up of dependencies is permitted, and what was done with it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from msgspec.structs import replace

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.record import Record
from tamma_core.domain.task import SetupNetwork
from tamma_core.domain.traffic import Traffic
from tamma_core.ports.egress import Egress, WayOut
from tamma_core.ports.sandbox import HostNetwork, SandboxSpec

Admit = Callable[[SandboxSpec], SandboxSpec]


class NetworkUse(Record, frozen=True):
    """Tell which network a set-up had, and what it did with it where that is known."""

    network: SetupNetwork
    traffic: Traffic


class SetupNetworks:
    """Open one network after the other."""

    def __init__(self, egress: Egress | None) -> None:
        self._egress = egress
        self._used: list[NetworkUse] = []
        self.refused = ""
        """What the last one did not let through."""

    def take_used(self) -> tuple[NetworkUse, ...]:
        """Answer what was used since the last call."""
        taken = tuple(self._used)
        self._used.clear()
        return taken

    @asynccontextmanager
    async def open(self, kind: SetupNetwork) -> AsyncIterator[Admit]:
        """Give what adds the network to a command; raise `SandboxUnavailable` where there is no proxy."""
        self.refused = ""
        if kind is SetupNetwork.NONE:
            yield lambda spec: spec
        elif kind is SetupNetwork.HOST:
            self._used.append(NetworkUse(kind, Traffic()))
            yield lambda spec: replace(spec, network=HostNetwork())
        elif self._egress is None:
            raise SandboxUnavailable("there is no proxy for the set-up", hint="set `verification.setupNetwork: none`")
        else:
            async with self._through(self._egress) as admit:
                yield admit

    @asynccontextmanager
    async def _through(self, egress: Egress) -> AsyncIterator[Admit]:
        opened: list[WayOut] = []
        try:
            async with egress.open() as way:
                opened.append(way)
                yield way.through
        finally:
            for way in opened:
                traffic = way.traffic()
                self.refused = traffic.refusals()
                if traffic:
                    self._used.append(NetworkUse(SetupNetwork.PROXY, traffic))
