"""Time and chance as the operating system gives them."""

import asyncio
import secrets
import time
from datetime import UTC, datetime
from threading import Lock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, in the order of ASCII
_LENGTH = 26
_RANDOM_BITS = 80


class SystemClock:
    """Tell the machine's time."""

    def now(self) -> datetime:
        """Answer the time of day in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Answer seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        await asyncio.sleep(seconds)


class SystemEntropy:
    """Give chance from the operating system; tokens have the shape of a ULID and grow within a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def token(self) -> str:
        """Answer 48 bits of milliseconds and 80 of chance, always above the last token."""
        with self._lock:
            fresh = time.time_ns() // 1_000_000 << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
            self._last = max(fresh, self._last + 1)
            return "".join(_ALPHABET[self._last >> 5 * place & 31] for place in reversed(range(_LENGTH)))

    def jitter(self) -> float:
        """Answer a number from 0 up to 1."""
        return secrets.randbits(53) / (1 << 53)
