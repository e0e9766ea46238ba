"""The tape that writes down what one claim of a task hears."""

from collections.abc import Awaitable, Callable
from typing import Any

from tamma_core.codec import to_json
from tamma_core.domain.ids import BlobRef, TaskId
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.tape import rolled
from tamma_core.record.batch import Batch, Exchange
from tamma_core.record.failure import Failure, failure_of
from tamma_core.record.masking import Withheld, masked_json
from tamma_core.record.questions import Questions

LARGE_CHARS = 1 << 15
"""Longer answers are put away at once, so that what waits for the next append is small."""
WITHHELD = "Withheld"


class Recording:
    """Keep exchanges and readings until the next append takes them along."""

    replays = False

    def __init__(self, task: TaskId, epoch: int, blobs: Blobs, redactor: Redactor) -> None:
        self.task = task
        self.mask, self.mask_known = redactor.mask, redactor.mask_known
        self._epoch = epoch
        self._blobs = blobs
        self._number = 0
        self._questions = Questions()
        self._exchanges: list[Exchange] = []
        self._readings: list[tuple[str, str]] = []

    async def hear(self, what: str, asked: str, live: Callable[[], Awaitable[Any]], kind: Any) -> Any:  # noqa: ARG002 -- only who reads needs the type
        """Let the world answer, and write the answer down; what is asked within is part of it."""
        try:
            with rolled(None):
                answer = await live()
        except BaseException as error:
            self._add(what, asked, failed=failure_of(error, self.mask))
            raise
        try:
            text = masked_json(to_json(answer).decode(), self.mask)
        except (Withheld, TypeError, ValueError) as error:
            # A record is worth less than the task: what cannot be written down ends a replay, not the work.
            message = str(error) or "the answer held a secret in a shape that could not be taken out"
            self._add(what, asked, failed=Failure(name=WITHHELD, message=self.mask(message)))
            return answer
        if len(text) > LARGE_CHARS:
            self._add(what, asked, blob=await self._blobs.put(text.encode()))
        else:
            self._add(what, asked, text)
        return answer

    def read(self, what: str, live: Callable[[], Any], kind: Any) -> Any:  # noqa: ARG002 -- only who reads needs the type
        """Write a value down as it is read."""
        value = live()
        self._readings.append((what, to_json(value).decode()))
        return value

    def take(self) -> Batch:
        """Answer what was heard since the last time, to be kept."""
        batch = Batch(
            task=self.task,
            epoch=self._epoch,
            number=self._number,
            exchanges=tuple(self._exchanges),
            readings=tuple(self._readings),
        )
        self._number += bool(batch)
        self._exchanges, self._readings = [], []
        return batch

    def put_back(self, batch: Batch) -> None:
        """Take a batch again that could not be kept."""
        self._number = batch.number
        self._exchanges[:0] = batch.exchanges
        self._readings[:0] = batch.readings

    def _add(
        self, what: str, asked: str, answer: str = "", *, blob: BlobRef | None = None, failed: Failure | None = None
    ) -> None:
        short = self._questions.shorten(what, asked, self.mask_known)  # our own words, or the model's
        self._exchanges.append(Exchange(what=what, asked=short, answer=answer, blob=blob, failed=failed))
