"""What the world answers a task, heard at the places where it answers, so that it can be recorded and answered again."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

Answer = TypeVar("Answer")


class Stopped(BaseException):
    """End a replay from within; not an `Exception`, since a step would take that for a failure of the world."""


class Incomplete(Stopped):
    """A record lacks what a replay needs."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Tape(Protocol):
    """Hear what one claim of a task asks, or answer it from a record.

    `kind` is the type by which an answer is written down; `asked` is all that was sent, as text.
    """

    @property
    def replays(self) -> bool:
        """Tell whether answers come from a record, so that nothing is to be waited for."""
        ...

    def mask(self, text: str) -> str:
        """Take the secrets out of text."""
        ...

    def mask_known(self, text: str) -> str:
        """Take known secrets alone out of text."""
        ...

    async def hear(self, what: str, asked: str, live: Callable[[], Awaitable[Any]], kind: Any) -> Any:
        """Answer what `live` does, and know it, or answer what is known; errors are answers too."""
        ...

    def read(self, what: str, live: Callable[[], Any], kind: Any) -> Any:
        """Do the same with a value that is there at once: time, chance."""
        ...


# As a tracing span does, the tape follows the calls of a claim through adapters that know nothing of tasks.
_rolling: ContextVar[Tape | None] = ContextVar("tamma_tape", default=None)


def rolling() -> Tape | None:
    """Answer the tape of the present claim; none outside of one, and inside of what is heard as a whole."""
    return _rolling.get()


def replaying() -> bool:
    """Tell whether the present tape answers from a record."""
    tape = rolling()
    return tape is not None and tape.replays


def roll(tape: Tape | None) -> None:
    """Let a tape hear what this task of the event loop asks from now on."""
    _rolling.set(tape)


@contextmanager
def rolled(tape: Tape | None) -> Iterator[None]:
    """Let a tape hear what is asked meanwhile, or nothing do so."""
    token = _rolling.set(tape)
    try:
        yield
    finally:
        _rolling.reset(token)


async def heard(what: str, asked: str, live: Callable[[], Awaitable[Answer]], kind: Any) -> Answer:
    """Ask the world, within the hearing of the present tape if there is one."""
    tape = rolling()
    if tape is None:
        return await live()
    answer: Answer = await tape.hear(what, asked, live, kind)
    return answer


def read(what: str, live: Callable[[], Answer], kind: Any) -> Answer:
    """Read a value, within the hearing of the present tape if there is one."""
    tape = rolling()
    if tape is None:
        return live()
    answer: Answer = tape.read(what, live, kind)
    return answer
