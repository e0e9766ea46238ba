"""Serve agents in the sandbox one provider's dialect on a Unix socket, with the provider's key and within the caps."""

import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from tamma_core.domain.errors import Unsupported
from tamma_core.ports.ai_provider import ModelChoice
from tamma_core.ports.sandbox import SandboxSpec
from tamma_core.sandbox.forwarding import forwarded

from tamma_providers.gateway.dialect import CHAT_COMPLETIONS, MESSAGES, Wire
from tamma_providers.gateway.metering import Meter, Tell
from tamma_providers.gateway.service import Offer, Service
from tamma_providers.provider import StreamingProvider
from tamma_providers.running import running

_WIRES: dict[str, Wire] = {"anthropic": MESSAGES, "openai": CHAT_COMPLETIONS}


class Gateway:
    """Pass calls of the models that are given on to their provider; every other call is refused."""

    def __init__(self, choices: Sequence[ModelChoice], meter: Meter, *, tell: Tell, mask: Callable[[str], str]) -> None:
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
            tell=tell,
            mask=mask,
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Callable[[SandboxSpec], SandboxSpec]]:
        """Listen until the context ends; gives what adds the gateway to a command of the agent."""
        directory = Path(tempfile.mkdtemp(prefix="tamma-out-"))
        place = directory / "proxy.sock"
        http = self._offer.provider.open_http()
        service = Service(self._offer, http)
        try:
            with closing(socket.socket(socket.AF_UNIX)) as listener:
                listener.bind(str(place))
                listener.listen()
                async with http, running(service.app, listener):
                    yield lambda spec: forwarded(spec, place, self._offer.wire.variables)
                await service.finish()
        finally:
            shutil.rmtree(directory, ignore_errors=True)
