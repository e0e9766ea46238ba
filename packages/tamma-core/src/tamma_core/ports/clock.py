"""Time and chance, taken in through ports so that tests and replays decide them."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tell time."""

    def now(self) -> datetime:
        """Answer the time of day in UTC."""
        ...

    def monotonic(self) -> float:
        """Answer seconds that never run backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Entropy(Protocol):
    """Give chance."""

    def token(self) -> str:
        """Answer 26 characters that no other call answers, sortable by time."""
        ...

    def jitter(self) -> float:
        """Answer a number from 0 up to 1."""
        ...
