"""A claim's tape: what was heard is answered again, and nothing else is."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tamma_core.domain.errors import AuthenticationFailed, HeadMoved, NotFound, RateLimited, TammaError, TruncatedStream
from tamma_core.domain.ids import TaskId
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.tape import Incomplete, heard, read, rolled, rolling
from tamma_core.record.batch import Batch, read_batch, write_batch
from tamma_core.record.playing import Differs, Playing, RanOut
from tamma_core.record.recording import LARGE_CHARS, Recording
from tamma_store.blob_files import FileBlobs

TASK = TaskId("t1")
SECRET = "tamma-canary-7f3a91c2d45e"
REDACTOR = Redactor((SECRET,))
Live = Callable[[], Awaitable[Any]]


async def never() -> Any:
    """Fail: a replay asks nobody."""
    raise AssertionError("the world was asked")


def answering(value: Any) -> Live:
    """Make a world that answers, or raises, this."""

    async def live() -> Any:
        if isinstance(value, BaseException):
            raise value
        return value

    return live


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    """Keep blobs as files."""
    return FileBlobs(tmp_path)


@pytest.fixture
def tape(blobs: FileBlobs) -> Recording:
    """Begin a record."""
    return Recording(TASK, 1, blobs, REDACTOR)


def playing(tape: Recording, blobs: FileBlobs) -> Playing:
    """Play what was recorded, by way of its written form."""
    batch = tape.take()
    return Playing((read_batch(write_batch(batch), task=TASK, epoch=1, number=batch.number),), blobs, REDACTOR)


async def test_the_same_questions_get_the_same_answers(tape: Recording, blobs: FileBlobs) -> None:
    """Answers, small and large, and readings come back in their order, and the world is not asked."""
    large = "x" * (LARGE_CHARS + 1)
    with rolled(tape):
        assert await heard("forge", "one", answering("1"), str) == "1"
        assert read("now", lambda: 7.5, float) == 7.5
        assert await heard("forge", "two", answering(large), str) == large
        assert await heard("forge", "three", answering(None), str | None) is None
    with rolled(playing(tape, blobs)):
        assert await heard("forge", "one", never, str) == "1"
        assert read("now", lambda: 0.0, float) == 7.5
        assert await heard("forge", "two", never, str) == large
        assert await heard("forge", "three", never, str | None) is None


@pytest.mark.parametrize(
    "error",
    [
        NotFound("no", hint="look"),
        RateLimited("slow", retry_after_s=3.0),
        TruncatedStream("broke", partial=True),
        HeadMoved("moved", actual="abc"),
        AuthenticationFailed("a page", doubtful=True),
        OSError(28, "no space"),
        ZeroDivisionError("a defect"),
    ],
)
async def test_errors_come_back_as_they_were(tape: Recording, blobs: FileBlobs, error: Exception) -> None:
    """An error has the same class, or name, the same words, and the same facts."""
    with rolled(tape), pytest.raises(type(error)):
        await heard("forge", "one", answering(error), str)
    with rolled(playing(tape, blobs)), pytest.raises(Exception) as raised:  # noqa: PT011 - compared below
        await heard("forge", "one", never, str)
    again = raised.value
    assert type(again).__name__ == type(error).__name__
    assert str(again) == str(error)
    if isinstance(error, TammaError):
        assert vars(again) == vars(error)


async def test_a_call_that_was_cut_off_is_one_that_took_too_long(tape: Recording, blobs: FileBlobs) -> None:
    """A deadline around a call ends it again, without the wait."""
    with rolled(tape), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await heard("forge", "one", asyncio.Event().wait, bool)
    with rolled(playing(tape, blobs)), pytest.raises(TimeoutError):
        await heard("forge", "one", never, bool)


async def test_another_question_stops_the_replay(tape: Recording, blobs: FileBlobs) -> None:
    """What differs is told; it is no `Exception`, which a step would take for an answer of the world."""
    with rolled(tape):
        await heard("forge", "one", answering("1"), str)
    with rolled(playing(tape, blobs)), pytest.raises(Differs) as stopped:
        await heard("forge", "other", never, str)
    assert (stopped.value.expected, stopped.value.came) == ("one", "other")
    assert not isinstance(stopped.value, Exception)


async def test_more_questions_than_were_recorded_and_fewer(tape: Recording, blobs: FileBlobs) -> None:
    """A question after the last one runs out; one that is not asked again is found at the end."""
    with rolled(tape):
        await heard("forge", "one", answering("1"), str)
    played = playing(tape, blobs)
    with pytest.raises(Differs):
        played.check_empty()
    with rolled(played):
        await heard("forge", "one", never, str)
        played.check_empty()
        with pytest.raises(RanOut):
            await heard("forge", "two", never, str)


async def test_what_is_asked_within_a_call_is_part_of_it(tape: Recording) -> None:
    """A tool that looks at the clock leaves one exchange and no reading."""

    async def tool() -> str:
        assert rolling() is None
        return str(read("now", lambda: 1.0, float))

    with rolled(tape):
        assert await heard("tool", "run", tool, str) == "1.0"
    batch = tape.take()
    assert (len(batch.exchanges), batch.readings) == (1, ())


async def test_no_secret_is_written_down(tape: Recording, blobs: FileBlobs) -> None:
    """Questions, answers and errors are kept without it, and an answer's JSON stays JSON."""
    body = f'{{"title": "the key is {SECRET}"}}'
    with rolled(tape):
        assert await heard("forge", f"about {SECRET}", answering(body), str) == body
        with pytest.raises(NotFound):
            await heard("forge", "more", answering(NotFound(f"no {SECRET}")), str)
    batch = tape.take()
    assert SECRET.encode() not in write_batch(batch)
    with rolled(Playing((batch,), blobs, REDACTOR)):
        assert await heard("forge", f"about {SECRET}", never, str) == '{"title": "the key is [redacted]"}'


async def test_an_answer_that_cannot_be_written_down_ends_a_replay_only(tape: Recording, blobs: FileBlobs) -> None:
    """The task gets its answer; the replay says why it ends."""
    with rolled(tape):
        assert await heard("forge", "one", answering("\udcff"), str) == "\udcff"
    with rolled(playing(tape, blobs)), pytest.raises(Incomplete):
        await heard("forge", "one", never, bytes)


async def test_a_batch_that_was_not_kept_is_kept_with_the_next(tape: Recording) -> None:
    """After an append that failed, nothing is lost and nothing is numbered twice."""
    with rolled(tape):
        await heard("forge", "one", answering("1"), str)
    tape.put_back(tape.take())
    with rolled(tape):
        await heard("forge", "two", answering("2"), str)
    batch = tape.take()
    assert (batch.number, [one.answer for one in batch.exchanges]) == (0, ['"1"', '"2"'])
    assert not tape.take()


def test_a_batch_of_another_claim_is_noticed() -> None:
    """A record put in another's place is no record."""
    data = write_batch(Batch(task=TASK, epoch=1, number=0, exchanges=(), readings=()))
    for other in ({"task": TaskId("t2")}, {"epoch": 2}, {"number": 1}):
        with pytest.raises(TammaError, match="was changed"):
            read_batch(data, **{"task": TASK, "epoch": 1, "number": 0, **other})  # type: ignore[arg-type] # three kinds of values
