"""The tape that answers from a record, and stops where something else is asked."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tamma_core.codec import from_json
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.tape import Incomplete, Stopped
from tamma_core.record.batch import Batch, Exchange
from tamma_core.record.failure import error_of
from tamma_core.record.questions import Questions
from tamma_core.record.recording import WITHHELD


class Differs(Stopped):
    """Something else is done than what was recorded; an empty text stands for nothing."""

    def __init__(self, what: str, *, expected: str, came: str) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.came = came


class RanOut(Stopped):
    """More is asked than the claim had recorded, as when its process had died."""

    def __init__(self, what: str, came: str) -> None:
        super().__init__(what)
        self.what = what
        self.came = came


class Playing:
    """Answer what one claim asks."""

    replays = True

    def __init__(self, batches: Sequence[Batch], blobs: Blobs, redactor: Redactor) -> None:
        self.mask, self.mask_known = redactor.mask, redactor.mask_known
        self.heard = 0
        self._blobs = blobs
        questions = Questions()
        self._exchanges = deque(
            (one, questions.restore(one.what, one.asked)) for batch in batches for one in batch.exchanges
        )
        self._readings = deque(one for batch in batches for one in batch.readings)

    async def hear(self, what: str, asked: str, live: Callable[[], Awaitable[Any]], kind: Any) -> Any:  # noqa: ARG002 - the world is not asked
        """Answer what was answered to the same question."""
        if not self._exchanges:
            raise RanOut(what, asked)
        exchange, expected = self._exchanges[0]
        if exchange.what != what:
            raise Differs(what, expected=f"{exchange.what}\n{expected}", came=f"{what}\n{asked}")
        if expected != asked and expected != self.mask_known(asked):
            raise Differs(what, expected=expected, came=asked)
        self._exchanges.popleft()
        self.heard += 1
        return await self._answer(exchange, kind)

    def read(self, what: str, live: Callable[[], Any], kind: Any) -> Any:
        """Answer what was read; after the last append any value will do, since nothing came of it then."""
        if not self._readings:
            return live()
        name, value = self._readings.popleft()
        if name != what:
            raise Differs(what, expected=name, came=what)
        return from_json(kind, value)

    def check_empty(self) -> None:
        """Raise `Differs` when something that was asked was not asked again."""
        if self._exchanges:
            exchange, expected = self._exchanges[0]
            raise Differs(exchange.what, expected=expected, came="")

    async def _answer(self, exchange: Exchange, kind: Any) -> Any:
        if exchange.failed is not None:
            if exchange.failed.name == WITHHELD:
                hint = "a task whose forge or model repeats a secret cannot be replayed from here on"
                raise Incomplete(exchange.failed.message, hint=hint)
            raise error_of(exchange.failed)
        if exchange.blob is not None:
            return from_json(kind, await self._blobs.get(exchange.blob))
        return from_json(kind, exchange.answer)
