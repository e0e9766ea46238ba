"""Models that are reached by OpenAI's Chat Completions, through the official SDK."""

from typing import TYPE_CHECKING

from tamma_core.domain.errors import ContextOverflow, TammaError
from tamma_core.domain.messages import MessageRequest, Text, Thinking, ToolCall, ToolResult

from tamma_providers.dialects import find_dialect
from tamma_providers.openai.answer import AnswerReader
from tamma_providers.openai.errors import from_body, from_sdk
from tamma_providers.openai.wire import RequestWriter
from tamma_providers.options import ProviderSpec
from tamma_providers.provider import StreamingProvider
from tamma_providers.streams import Reader

if TYPE_CHECKING:
    import httpx2
    import openai

PATH = "/chat/completions"
_BYTES_PER_TOKEN = 4


class OpenAIProvider(StreamingProvider["openai.AsyncOpenAI"]):
    """Answer messages with OpenAI's models, or those of a server of its dialect."""

    vendor = "openai"

    def __init__(self, spec: ProviderSpec) -> None:
        self.dialect = find_dialect(spec.options.dialect)
        super().__init__(spec, spec.base_url or self.dialect.base_url, needs_key=self.dialect.key and not spec.base_url)
        self._requests = RequestWriter(spec.name, self.dialect)

    def _make_client(self) -> "openai.AsyncOpenAI":
        from openai import AsyncOpenAI

        # Key, address and connection are given; what else the SDK reads from the host, the connection takes out.
        return AsyncOpenAI(
            api_key=self.secret() or "none",
            base_url=self.base_url,
            max_retries=0,
            http_client=self.open_http(),
        )

    async def _send(self, client: "openai.AsyncOpenAI", request: MessageRequest) -> "httpx2.Response":
        from openai import AsyncStream, OpenAIError

        body = self._requests.body(request, self.spec.options.body)
        try:
            # The typed call would copy and check the whole history again, each turn.
            stream = await client.post(PATH, cast_to=object, content=body, stream=True, stream_cls=AsyncStream[object])
        except OpenAIError as error:
            # The SDK's text repeats what the server wrote, key and all: it is not shown as the cause.
            raise from_sdk(self.name, request.model, error, self.secret()) from None
        return stream.response

    def _reader(self, request: MessageRequest) -> Reader:
        def error(body: object) -> TammaError:
            return from_body(self.name, request.model, 200, body, self.secret())

        return AnswerReader(self.name, request.model, self.price(request.model), self.dialect, error)

    def _read_error(self, request: MessageRequest, response: "httpx2.Response", body: bytes) -> TammaError:
        return from_body(self.name, request.model, response.status_code, body, self.secret(), response.headers)

    def _check(self, request: MessageRequest) -> None:
        """Refuse what a server would cut without a word."""
        window = self.spec.options.context_tokens
        if not (self.dialect.truncates and window):
            return
        needed = _size_bytes(request) // _BYTES_PER_TOKEN
        if needed > window:
            raise ContextOverflow(
                f"about {needed} tokens do not fit the window of `{self.name}` ({window}), which would cut them silently",
                hint=self.dialect.window_hint,
            )

    def _catalogue(self) -> str:
        return self.dialect.name

    def _reports_usage(self) -> bool:
        return self.dialect.usage != "never"


def _size_bytes(request: MessageRequest) -> int:
    total = len(request.system_prompt.encode())
    for message in request.messages:
        for block in message.blocks:
            match block:
                case Text(text=text) | Thinking(text=text):
                    total += len(text.encode())
                case ToolCall(raw_arguments=raw):
                    total += len(raw.encode())
                case ToolResult(content=content):
                    total += len(content.encode())
    return total
