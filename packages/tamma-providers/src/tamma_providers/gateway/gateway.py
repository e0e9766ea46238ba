"""Serve agents in the sandbox one provider's dialect on a Unix socket, with the provider's key and within the caps."""

import shutil
import socket
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, closing
from pathlib import Path

from tamma_core.domain.agent import ModelAsked
from tamma_core.domain.errors import Unsupported
from tamma_core.ports.ai_provider import ModelChoice
from tamma_core.ports.sandbox import SandboxSpec
from tamma_core.ports.tape import heard
from tamma_core.sandbox.forwarding import forwarded

from tamma_providers.gateway.dialect import CHAT_COMPLETIONS, MESSAGES, Wire
from tamma_providers.gateway.metering import Meter
from tamma_providers.gateway.reports import Reports, Tell
from tamma_providers.gateway.service import Offer, Service
from tamma_providers.provider import StreamingProvider
from tamma_providers.running import running

Admit = Callable[[SandboxSpec], SandboxSpec]
"""Add the gateway to a command of the agent."""
_WIRES: dict[str, Wire] = {"anthropic": MESSAGES, "openai": CHAT_COMPLETIONS}


class Gateway:
    """Pass calls of the models that are given on to their provider; every other call is refused."""

    def __init__(self, choices: Sequence[ModelChoice], meter: Meter, *, mask: Callable[[str], str]) -> None:
        provider = choices[0].provider
        if not isinstance(provider, StreamingProvider) or provider.vendor not in _WIRES:
            raise Unsupported(
                f"`{provider.name}` cannot be offered to agents", hint="use Anthropic's or OpenAI's dialect"
            )
        if any(choice.provider is not provider for choice in choices):
            raise Unsupported("one gateway serves one provider", hint="give all roles of this agent the same provider")
        self._offer = Offer(
            provider=provider,
            wire=_WIRES[provider.vendor],
            choices={choice.model: choice for choice in choices},
            meter=meter,
            mask=mask,
        )

    async def reports(self, asked: str, run: Callable[[Admit], Awaitable[None]]) -> AsyncGenerator[ModelAsked, None]:
        """Run an agent, and yield each of its calls for the journal; it gets the end of an answer when the next is asked for.

        `asked` is what the agent is told. A replay takes the calls from the record, and runs no agent.
        """

        async def behind(tell: Tell) -> None:
            async with self.open(tell) as admit:
                await run(admit)

        async with aclosing(Reports(behind)) as reports:
            while (report := await heard("agent", asked, reports.next, ModelAsked | None)) is not None:
                yield report

    @asynccontextmanager
    async def open(self, tell: Tell) -> AsyncIterator[Admit]:
        """Listen until the context ends, and tell of each call before its answer ends."""
        directory = Path(tempfile.mkdtemp(prefix="tamma-out-"))
        place = directory / "proxy.sock"
        http = self._offer.provider.open_http()
        service = Service(self._offer, http, tell)
        try:
            with closing(socket.socket(socket.AF_UNIX)) as listener:
                listener.bind(str(place))
                listener.listen()
                async with http, running(service.app, listener):
                    yield lambda spec: forwarded(spec, place, self._offer.wire.variables)
                await service.finish()
        finally:
            shutil.rmtree(directory, ignore_errors=True)
