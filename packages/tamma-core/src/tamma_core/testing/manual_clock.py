"""A clock that goes when it is told to."""

import asyncio
from datetime import UTC, datetime, timedelta

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class ManualClock:
    """Tell the time that a test sets; sleeping moves it on at once."""

    def __init__(self, begin: datetime = _BEGIN) -> None:
        self._begin = begin
        self._passed_s = 0.0

    def now(self) -> datetime:
        """Answer the time of day in UTC."""
        return self._begin + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        """Answer the seconds that passed."""
        return self._passed_s

    async def sleep(self, seconds: float) -> None:
        """Let others run, and move on."""
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._passed_s += seconds
