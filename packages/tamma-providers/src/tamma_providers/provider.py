"""What all providers share: one client per loop, bounded retries, guarded streams, facts from data."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Generic

from msgspec.structs import replace
from pydantic import SecretStr
from tamma_core.domain.breaker import Breaker
from tamma_core.domain.capabilities import ProviderCapabilities
from tamma_core.domain.chunks import Chunk, End
from tamma_core.domain.errors import ConfigError, TammaError, TruncatedStream, Unavailable
from tamma_core.domain.messages import MessageRequest
from tamma_core.domain.usage import Price

from tamma_providers.catalogue import ModelFacts, find_model, known_models
from tamma_providers.http import Client, Clients, open_client
from tamma_providers.options import ProviderSpec
from tamma_providers.recipes import Recipes
from tamma_providers.retry import retried
from tamma_providers.streams import Deadline, Reader, read_answer

if TYPE_CHECKING:
    import httpx2

_LONGEST_ERROR_BODY = 65_536


class StreamingProvider(Recipes, ABC, Generic[Client]):
    """Answer messages through an official SDK; a vendor's adapter says how to ask and how to read."""

    vendor: str
    """Its SDK's module is called so, too."""

    def __init__(self, spec: ProviderSpec, base_url: str, *, needs_key: bool) -> None:
        if needs_key and spec.api_key is None:
            raise ConfigError(
                f"the provider `{spec.name}` has no key", hint="set its `apiKey`, for instance to `${NAME}`"
            )
        if not base_url.startswith(("https://", "http://")):
            raise ConfigError(f"the address `{base_url}` of `{spec.name}` is not a URL", hint="begin it with https://")
        self.spec = spec
        self.base_url = base_url
        self._breaker = spec.options.breaker or Breaker()
        self._clients: Clients[Client] = Clients(self._make_client)
        self._imported = False

    @property
    def name(self) -> str:
        """Answer the configured name."""
        return self.spec.name

    async def initialize(self) -> None:
        """Make the client; no request is sent. Idempotent."""
        if not self._imported:
            # It takes a second and more, in which the caller's lease has to be renewed.
            await asyncio.to_thread(import_module, self.vendor)
            self._imported = True
        self._clients.get()

    async def dispose(self) -> None:
        """Close connections. Idempotent."""
        await self._clients.close()

    def get_capabilities(self, model: str) -> ProviderCapabilities:
        """Tell what this provider can do with a model, from data, without a request."""
        facts = self.facts(model)
        return ProviderCapabilities(
            supports_streaming=True,
            supports_tools=True,
            supports_prompt_cache=self._caches(),
            reports_usage=self._reports_usage(),
            supported_models=tuple(dict.fromkeys((self.spec.model, *known_models(self._catalogue())))),
            max_context_tokens=self.spec.options.context_tokens or facts.context_tokens,
            max_output_tokens=self.spec.options.output_tokens or facts.output_tokens,
            price=self.price(model),
        )

    def facts(self, model: str) -> ModelFacts:
        """Look up what is known of a model."""
        return find_model(self._catalogue(), model)

    def price(self, model: str) -> Price | None:
        """Answer the operator's price for a model, else the list price, else none."""
        return self.spec.options.prices.get(model) or self.facts(model).price

    def secret(self) -> str:
        """Answer the key, to be put in a header or taken out of a message."""
        return self.spec.api_key.get_secret_value() if isinstance(self.spec.api_key, SecretStr) else ""

    def reader(self, model: str) -> Reader:
        """Make the reader of one answer of a model."""
        return self._reader(MessageRequest(messages=(), model=model))

    def open_http(self) -> "httpx2.AsyncClient":
        """Open the connection that the SDK is to use."""
        return open_client(self.base_url, self.secret(), self.spec.options, self._breaker)

    async def send_message(self, request: MessageRequest) -> AsyncGenerator[Chunk]:
        """Stream the answer; an attempt that fails before the first content is tried again."""
        self._check(request)
        await self.initialize()  # the first use imports the SDK, which is not the model's time
        deadline = Deadline(
            f"`{self.name}` with model `{request.model}`",
            request.timeout_s,
            self.spec.options.patience,
            request.max_output_tokens,
        )

        lost = 0

        async def attempt() -> tuple[Chunk, AsyncGenerator[Chunk]]:
            nonlocal lost
            stream = read_answer(await self._ask(request, deadline), self._reader(request), deadline)
            lost += 1
            first = await anext(stream)
            lost -= 1
            return first, stream

        try:
            first, stream = await retried(attempt, self.spec.options.retry, deadline.left_s)
        except TammaError as error:
            error.lost_answers = lost
            raise
        async with aclosing(stream):
            yield first
            async for chunk in stream:
                yield replace(chunk, lost_answers=lost) if isinstance(chunk, End) else chunk

    async def _ask(self, request: MessageRequest, deadline: Deadline) -> "httpx2.Response":
        """Send a request and answer its response, whose body is a stream of events still unread."""
        from httpx2 import HTTPError

        try:
            async with deadline.whole():
                response = await self._send(self._clients.get(), request)
                if response.headers.get("content-type", "").partition(";")[0].strip() != "text/event-stream":
                    raise self._read_error(request, response, await _beginning(response))
        except TimeoutError:
            raise Unavailable(f"{deadline.place} did not answer in time", hint="the server is slow or stuck") from None
        except HTTPError as error:
            raise TruncatedStream(f"{deadline.place} dropped the connection", hint="try again") from error
        return response

    @abstractmethod
    def _make_client(self) -> Client:
        """Import the SDK and make its client."""

    @abstractmethod
    async def _send(self, client: Client, request: MessageRequest) -> "httpx2.Response":
        """Start the streamed answer; raise errors of the tree."""

    @abstractmethod
    def _reader(self, request: MessageRequest) -> Reader:
        """Make the reader of one answer."""

    @abstractmethod
    def _read_error(self, request: MessageRequest, response: "httpx2.Response", body: bytes) -> TammaError:
        """Read an answer that is not a stream."""

    def _check(self, request: MessageRequest) -> None:
        """Refuse what is known not to fit; most servers say so themselves."""

    def _catalogue(self) -> str:
        """Name the vendor whose models this provider serves."""
        return self.vendor

    def _caches(self) -> bool:
        return True

    def _reports_usage(self) -> bool:
        return True


async def _beginning(response: "httpx2.Response") -> bytes:
    """Read as much of a body as an error can fill, and close it."""
    body = bytearray()
    try:
        async for part in response.aiter_bytes():
            body += part
            if len(body) >= _LONGEST_ERROR_BODY:
                break
    finally:
        await response.aclose()
    return bytes(body)
