"""A server that fails repeatedly is left alone, and what counts as a failure."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from starlette.types import Receive, Scope, Send
from tamma_core.domain.breaker import Breaker
from tamma_core.domain.errors import TammaError, Unavailable
from tamma_core.domain.messages import MessageRequest
from tamma_core.ports.ai_provider import AIProvider
from tamma_providers.collecting import collect
from tamma_providers.options import Patience, ProviderOptions, RetryPolicy
from tamma_providers.registry import open_provider
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.openai import ScriptedOpenAI
from tamma_providers.testing.replies import Answer, Broken, HttpFailure, Reply, in_turn
from tamma_providers.testing.serving import serving

EACH = pytest.mark.parametrize("kind", ["anthropic", "openai"])
DOWN = HttpFailure(status=500, body={"error": {"type": "api_error", "message": "down"}})


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Subject:
    """Hold a provider of one attempt a call, its rehearsed server, and the breaker's clock."""

    model: ScriptedAnthropic | ScriptedOpenAI
    provider: AIProvider
    clock: Clock
    request: MessageRequest

    async def fails(self) -> TammaError:
        with pytest.raises(TammaError) as caught:
            await collect(self.provider.send_message(self.request))
        return caught.value


def opened(kind: str, url: str, clock: Clock, patience: Patience | None = None) -> AIProvider:
    options = ProviderOptions(
        retry=RetryPolicy(attempts=1), patience=patience or Patience(), breaker=Breaker(monotonic=clock)
    )
    address = f"{url}/v1" if kind == "openai" else url
    return open_provider("p", kind=kind, model="claude-opus-5-5", api_key=None, base_url=address, options=options)


@asynccontextmanager
async def answering(kind: str, request: MessageRequest, *replies: Reply) -> AsyncIterator[Subject]:
    model = (ScriptedAnthropic if kind == "anthropic" else ScriptedOpenAI)(in_turn(*replies))
    clock = Clock()
    async with serving(model.app) as url:
        provider = opened(kind, url, clock)
        yield Subject(model, provider, clock, request)
        await provider.dispose()


@EACH
async def test_five_failures_in_a_minute_leave_it_alone_for_five(kind: str, request_: MessageRequest) -> None:
    """Nothing is sent meanwhile, and the error says when it is asked again; the first answer then closes the circuit."""
    async with answering(kind, request_, *[DOWN] * 5, Answer(text="Hello."), DOWN, Answer(text="Hello.")) as subject:
        for _ in range(5):
            assert (await subject.fails()).retry_after_s is None  # type: ignore[attr-defined] # each is `Unavailable`
        subject.clock.now += 10.5
        error = await subject.fails()
        assert isinstance(error, Unavailable)
        assert error.retry_after_s == 290
        assert "127.0.0.1 failed repeatedly, and is asked again in 290 s" in error.message
        assert len(subject.model.requests) == 5
        subject.clock.now += 290
        assert (await collect(subject.provider.send_message(request_))).message.text == "Hello."
        await subject.fails()
        assert (await collect(subject.provider.send_message(request_))).message.text == "Hello."


@EACH
async def test_attempts_of_one_call_count_and_a_long_rest_is_not_waited_for(
    kind: str, request_: MessageRequest
) -> None:
    """The attempts end with the circuit: the caller gets the task back in place of a wait of minutes."""
    model = (ScriptedAnthropic if kind == "anthropic" else ScriptedOpenAI)(in_turn(*[DOWN] * 9))
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    async with serving(model.app) as url:
        options = ProviderOptions(retry=RetryPolicy(attempts=9, sleep=wait), breaker=Breaker(monotonic=Clock()))
        address = f"{url}/v1" if kind == "openai" else url
        provider = open_provider("p", kind=kind, model="m", base_url=address, options=options)
        with pytest.raises(Unavailable, match="asked again in 300 s"):
            await collect(provider.send_message(request_))
        await provider.dispose()
    assert (len(model.requests), len(waits)) == (5, 5)


@EACH
@pytest.mark.parametrize(
    "reply",
    [
        HttpFailure(status=401, body={"error": {"message": "no"}}),
        HttpFailure(status=404, body={"error": {"message": "no"}}),
        HttpFailure(status=429, body={"error": {"message": "slow down"}}),
        HttpFailure(status=503, body={"error": {"message": "later"}}, headers={"retry-after": "1"}),
    ],
    ids=["key", "missing", "rate", "patience"],
)
async def test_what_a_healthy_server_says_is_no_failure(kind: str, reply: Reply, request_: MessageRequest) -> None:
    """Refusals, and wishes to be asked later, never open the circuit."""
    async with answering(kind, request_, *[reply] * 7) as subject:
        for _ in range(7):
            await subject.fails()
        assert len(subject.model.requests) == 7


@EACH
async def test_answers_that_the_network_breaks_off_count(kind: str, request_: MessageRequest) -> None:
    """A server behind a line that drops each answer is left alone as well."""
    async with answering(kind, request_, *[Broken(how="abrupt", after_events=1)] * 6) as subject:
        for _ in range(5):
            await subject.fails()
        assert "failed repeatedly" in (await subject.fails()).message
        assert len(subject.model.requests) == 5


@EACH
@pytest.mark.parametrize("listens", [True, False], ids=["silence", "nobody"])
async def test_no_word_in_time_and_no_connection_count(kind: str, listens: bool, request_: MessageRequest) -> None:
    """Both are failures of the network, as at a forge."""

    async def silent(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serving(silent) as url:
        provider = opened(kind, url if listens else "http://127.0.0.1:9", Clock(), Patience(first_event_s=0.05))
        errors = []
        for _ in range(6):
            with pytest.raises(Unavailable) as caught:
                await collect(provider.send_message(request_))
            errors.append("failed repeatedly" in caught.value.message)
        assert errors == [False] * 5 + [True]
        await provider.dispose()
