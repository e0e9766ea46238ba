"""Serve one way out on a Unix socket: each request is read, judged, looked up once, and joined to that address."""

import asyncio
import shutil
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import h11
from msgspec.structs import replace

from tamma_core.domain.authority import Authority
from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.traffic import Traffic
from tamma_core.egress.connecting import BUFFER, SystemResolver, connect
from tamma_core.egress.fetching import fetch
from tamma_core.egress.greeting import read_greeting
from tamma_core.egress.ledger import Ledger, OverLimitError, RefusedError
from tamma_core.egress.policy import EgressPolicy
from tamma_core.egress.pumping import Ends, pump
from tamma_core.egress.speaking import Server
from tamma_core.egress.wanted import Fetch, Tunnel, read_wanted
from tamma_core.ports.egress import Resolver, WayOut
from tamma_core.ports.sandbox import SandboxSpec
from tamma_core.sandbox.forwarding import forwarded, proxy_variables


class EgressProxy:
    """Open ways out to the hosts of a policy."""

    def __init__(self, policy: EgressPolicy, resolver: Resolver | None = None) -> None:
        self.policy = policy
        self._resolver = resolver or SystemResolver()

    def open(self) -> AbstractAsyncContextManager[WayOut]:
        """Open one; raise `SandboxUnavailable` when its socket cannot be made."""
        return _opened(self.policy, self._resolver)


@asynccontextmanager
async def _opened(policy: EgressPolicy, resolver: Resolver) -> AsyncIterator[WayOut]:
    # In a directory that only we may enter: other users of this machine have no use for this proxy.
    directory = Path(tempfile.mkdtemp(prefix="tamma-out-"))
    try:
        passage = Passage(directory / "proxy.sock", policy, resolver)
        try:
            server = await asyncio.start_unix_server(passage.serve, passage.socket, limit=BUFFER)
        except OSError as error:
            hint = "set TMPDIR to a directory with a short path"
            raise SandboxUnavailable(f"no proxy can listen at {passage.socket}: {error}", hint=hint) from error
        try:
            async with server:
                yield passage
        finally:
            await passage.shut()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Passage:
    """One way out."""

    def __init__(self, socket: Path, policy: EgressPolicy, resolver: Resolver) -> None:
        self.socket = socket
        self._policy = policy
        self._resolver = resolver
        self._ledger = Ledger(policy.limits)
        self._serving: set[asyncio.Task[None]] = set()

    def through(self, spec: SandboxSpec) -> SandboxSpec:
        """Answer the same command with this way out, and told of it in its environment."""
        told = forwarded(spec, self.socket, proxy_variables(spec.environment))
        return replace(told, environment={**told.environment, **self._policy.environment})

    def traffic(self) -> Traffic:
        """Answer what was let through and refused so far."""
        return self._ledger.traffic()

    async def shut(self) -> None:
        """End every connection."""
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Take a connection."""
        task = asyncio.get_running_loop().create_task(self._serve(Ends(reader, writer)))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, client: Ends) -> None:
        server = Server(client)
        try:
            with suppress(ConnectionError):
                await self._answer(server)
        finally:
            client.writer.close()

    async def _answer(self, server: Server) -> None:
        """Answer one connection; whatever is wrong with it is told to the command and noted."""
        target = "a connection"
        try:
            self._ledger.connected()
            if len(self._serving) > self._policy.limits.at_once:
                raise OverLimitError(f"came beside {self._policy.limits.at_once} others")
            async with asyncio.timeout(self._policy.limits.request_s):
                request = await server.request()
            if request is None:
                return
            target = request.target.decode("ascii", "replace")
            await self._pass(server, read_wanted(request))
        except (RefusedError, OverLimitError) as error:
            self._ledger.refuse(target, str(error))
            await server.refuse(403, f"{target} {error}")
        except TimeoutError:
            self._ledger.refuse(target, "did not answer in time")
            await server.refuse(504, f"{target} did not answer in time")
        except (OSError, h11.ProtocolError) as error:
            self._ledger.refuse(target, "could not be reached")
            await server.refuse(502, f"{target} could not be reached: {error}")

    async def _pass(self, server: Server, wanted: Tunnel | Fetch) -> None:
        limits = self._policy.limits
        host = await connect(wanted.target, self._policy, self._resolver)
        try:
            if isinstance(wanted, Tunnel):
                first = await self._greeting(server, wanted.target)
                account = self._ledger.reached(wanted.target)
                account.sent(len(first))
                host.writer.write(first)
                await pump(server.ends, host, account, limits.idle_s)
            else:
                await fetch(wanted, host, server, self._ledger.reached(wanted.target), limits.idle_s)
        finally:
            host.writer.close()

    async def _greeting(self, server: Server, target: Authority) -> bytes:
        """Read whom the command asks for inside the tunnel: many hosts share an address, and the name there decides."""
        async with asyncio.timeout(self._policy.limits.request_s):
            data, name = await read_greeting(server.ends.reader, await server.open_tunnel())
        if name is None or name.lower() != target.host:
            other = f"`{name}`" if name else "no host"
            raise RefusedError(f"was to be asked for {other} inside its tunnel")
        return data
