"""Calls of both dialects, recorded from their rehearsed servers and replayed when these are gone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from tamma_core.domain.breaker import Breaker
from tamma_core.domain.chunks import Chunk
from tamma_core.domain.errors import TammaError, Unavailable
from tamma_core.domain.ids import TaskId
from tamma_core.domain.messages import MessageRequest, Tool, user
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.ai_provider import AIProvider
from tamma_core.ports.tape import Tape, rolled
from tamma_core.record.batch import write_batch
from tamma_core.record.playing import Differs, Playing
from tamma_core.record.recording import Recording
from tamma_providers.options import Patience, ProviderOptions, RetryPolicy
from tamma_providers.registry import open_provider
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.openai import ScriptedOpenAI
from tamma_providers.testing.replies import Answer, AskedTool, Broken, HttpFailure, Reply, in_turn
from tamma_providers.testing.serving import serving
from tamma_store.blob_files import FileBlobs

KEY = "tamma-canary-7f3a91c2d45e"
REDACTOR = Redactor((KEY,))
SLOW = HttpFailure(status=429, body={"error": {"message": "slow down"}})
DOWN = HttpFailure(status=500, body={"error": {"message": "down"}})
Waits = list[float]
Open = Callable[[str, Waits], AIProvider]


def opener(kind: str, threshold: int = 5) -> Open:
    """Answer how to open a provider that keeps its waits instead of waiting."""

    def open_at(url: str, waits: Waits) -> AIProvider:
        async def wait(seconds: float) -> None:
            waits.append(seconds)

        options = ProviderOptions(
            retry=RetryPolicy(attempts=3, sleep=wait),
            patience=Patience(first_event_s=5.0, idle_s=0.3),
            breaker=Breaker(threshold=threshold),
        )
        key = SecretStr(KEY)
        return open_provider(
            "scripted",
            kind=kind,
            model="m",
            api_key=key,
            base_url=f"{url}/v1" if kind == "openai" else url,
            options=options,
        )

    return open_at


async def outcome(provider: AIProvider, tape: Tape, text: str) -> tuple[list[Chunk], TammaError | None]:
    """Answer the chunks of a call within a tape's hearing, and how it failed."""
    chunks: list[Chunk] = []
    request = MessageRequest(messages=(user(text),), model="m", tools=(Tool("search", "Search.", {"type": "object"}),))
    with rolled(tape):
        try:
            async for chunk in provider.send_message(request):
                chunks.append(chunk)  # noqa: PERF401 - what came before an error counts
        except TammaError as error:
            return chunks, error
        finally:
            await provider.dispose()
    return chunks, None


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
@pytest.mark.parametrize(
    "replies",
    [
        [Answer(text="So it is.", tools=(AskedTool(name="search", arguments={"pattern": "x"}),))],
        [SLOW, Answer(text="Now then.")],
        [Broken(how="abrupt", after_events=4)],
        [Broken(how="clean", after_events=4)],
        [Broken(how="stall", after_events=4)],
        [HttpFailure(status=401, body={"error": {"message": "no"}})],
        [HttpFailure(status=502, body="<html>bad gateway</html>")],
    ],
    ids=["answer", "retried", "dropped", "cut", "stalled", "refused", "html"],
)
async def test_a_call_is_replayed_as_it_went(tmp_path: Path, kind: str, replies: list[Reply]) -> None:
    """The same chunks, the same error, without a server and without waiting; another request is noticed."""
    model = (ScriptedAnthropic if kind == "anthropic" else ScriptedOpenAI)(in_turn(*replies), key=KEY)
    open_at, blobs = opener(kind), FileBlobs(tmp_path)
    recording, waited, waits = Recording(TaskId("t"), 1, blobs, REDACTOR), Waits(), Waits()
    async with serving(model.app) as url:
        chunks, error = await outcome(open_at(url, waited), recording, "hello")
    batch = recording.take()
    again, same = await outcome(open_at(url, waits), Playing((batch,), blobs, REDACTOR), "hello")
    assert again == chunks
    assert (type(same), str(same)) == (type(error), str(error))
    assert waits == []
    assert len(waited) == len(model.requests) - 1
    assert KEY.encode() not in write_batch(batch)
    with pytest.raises(Differs):
        await outcome(open_at(url, waits), Playing((batch,), blobs, REDACTOR), "good bye")


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
async def test_a_server_that_is_not_there_is_not_there_again(tmp_path: Path, kind: str) -> None:
    """A refused connection is an answer too."""
    blobs = FileBlobs(tmp_path)
    recording, nowhere = Recording(TaskId("t"), 1, blobs, REDACTOR), "http://127.0.0.1:9"
    _, error = await outcome(opener(kind)(nowhere, []), recording, "hello")
    _, same = await outcome(opener(kind)(nowhere, []), Playing((recording.take(),), blobs, REDACTOR), "hello")
    assert error is not None
    assert (type(same), str(same)) == (type(error), str(error))


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
async def test_a_server_that_was_left_alone_is_left_alone_again(tmp_path: Path, kind: str) -> None:
    """That nobody was asked is an answer too, with the time that was left of it."""
    model = (ScriptedAnthropic if kind == "anthropic" else ScriptedOpenAI)(in_turn(DOWN), key=KEY)
    open_at, blobs = opener(kind, threshold=1), FileBlobs(tmp_path)
    recording = Recording(TaskId("t"), 1, blobs, REDACTOR)
    async with serving(model.app) as url:
        _, error = await outcome(open_at(url, []), recording, "hello")
    _, same = await outcome(open_at(url, []), Playing((recording.take(),), blobs, REDACTOR), "hello")
    assert len(model.requests) == 1
    assert isinstance(error, Unavailable)
    assert isinstance(same, Unavailable)
    assert "failed repeatedly" in error.message
    assert (str(same), same.retry_after_s) == (str(error), error.retry_after_s)


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
async def test_a_secret_that_a_model_repeats_is_not_recorded(tmp_path: Path, kind: str) -> None:
    """Streamed in pieces of a few characters, the key is in no part of the record, put together or not."""
    said = Answer(text=f"The key is {KEY}, is it not?", piece_chars=5)
    model = (ScriptedAnthropic if kind == "anthropic" else ScriptedOpenAI)(in_turn(said), key=KEY)
    blobs = FileBlobs(tmp_path)
    recording = Recording(TaskId("t"), 1, blobs, REDACTOR)
    async with serving(model.app) as url:
        await outcome(opener(kind)(url, []), recording, "hello")
    batch = recording.take()
    again, _ = await outcome(opener(kind)(url, []), Playing((batch,), blobs, REDACTOR), "hello")
    assert again[-1].message.text == "The key is [redacted], is it not?"  # type: ignore[union-attr] # the last one is an `End`
