"""Anthropic's models through the official SDK."""

from typing import TYPE_CHECKING

from tamma_core.domain.errors import TammaError
from tamma_core.domain.messages import MessageRequest

from tamma_providers.anthropic.answer import AnswerReader
from tamma_providers.anthropic.errors import from_body, from_sdk
from tamma_providers.anthropic.wire import RequestWriter
from tamma_providers.options import ProviderSpec
from tamma_providers.provider import StreamingProvider
from tamma_providers.streams import Reader

if TYPE_CHECKING:
    import anthropic
    import httpx2

BASE_URL = "https://api.anthropic.com"
PATH = "/v1/messages"


class AnthropicProvider(StreamingProvider["anthropic.AsyncAnthropic"]):
    """Answer messages with Anthropic's models, or those of a server that speaks the same API."""

    vendor = "anthropic"

    def __init__(self, spec: ProviderSpec) -> None:
        # A server of one's own may need no key; the vendor's always does.
        super().__init__(spec, spec.base_url or BASE_URL, needs_key=not spec.base_url)
        self._requests = RequestWriter(spec.name)

    def _make_client(self) -> "anthropic.AsyncAnthropic":
        from anthropic import AsyncAnthropic

        # Key, address and connection are given, so that no variable of the host is consulted for them.
        return AsyncAnthropic(
            api_key=self.secret() or "none",
            base_url=self.base_url,
            max_retries=0,
            http_client=self.open_http(),
            open_telemetry=False,
        )

    async def _send(self, client: "anthropic.AsyncAnthropic", request: MessageRequest) -> "httpx2.Response":
        from anthropic import AnthropicError, AsyncStream

        temperature = self.facts(request.model).temperature
        body = self._requests.body(request, temperature=temperature, extra=self.spec.options.body)
        try:
            # The typed call would copy and check the whole history again, each turn.
            stream = await client.post(PATH, cast_to=object, content=body, stream=True, stream_cls=AsyncStream[object])
        except AnthropicError as error:
            # The SDK's text repeats what the server wrote, key and all: it is not shown as the cause.
            raise from_sdk(self.name, request.model, error, self.secret()) from None
        return stream.response

    def _reader(self, request: MessageRequest) -> Reader:
        def error(body: object) -> TammaError:
            return from_body(self.name, request.model, 200, body, self.secret())

        return AnswerReader(self.name, request.model, self.price(request.model), error)

    def _read_error(self, request: MessageRequest, response: "httpx2.Response", body: bytes) -> TammaError:
        return from_body(self.name, request.model, response.status_code, body, self.secret(), response.headers)
