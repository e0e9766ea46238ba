"""Stop asking a host that is down; ask once in a while whether it is back."""

import time
from collections import deque
from collections.abc import Callable
from enum import Enum


class BreakerState(Enum):
    """Say what the breaker lets through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Open after `threshold` failures within `window_s` for `open_s`, then let one probe through."""

    def __init__(
        self,
        *,
        threshold: int = 5,
        window_s: float = 60.0,
        open_s: float = 300.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._window_s = window_s
        self._open_s = open_s
        self._monotonic = monotonic
        self._failures: deque[float] = deque(maxlen=threshold)
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """Answer the present state."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self.remaining_s() <= 0 else BreakerState.OPEN

    def remaining_s(self) -> float:
        """Answer how long it stays open."""
        return 0.0 if self._opened_at is None else self._opened_at + self._open_s - self._monotonic()

    def admit(self) -> bool:
        """Tell whether a request may pass; in half-open state the first that asks becomes the probe."""
        match self.state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.OPEN:
                return False
            case BreakerState.HALF_OPEN:
                admitted, self._probing = not self._probing, True
                return admitted

    def succeeded(self) -> None:
        """Count an answer: a probe that is answered closes the breaker."""
        if self._opened_at is not None:
            self._failures.clear()
        self._opened_at, self._probing = None, False

    def failed(self) -> None:
        """Count a failure: a probe's opens again at once."""
        now = self._monotonic()
        self._failures.append(now)
        full = len(self._failures) == self._threshold and now - self._failures[0] <= self._window_s
        if self._probing or full:
            self._opened_at, self._probing = now, False

    def abandoned(self) -> None:
        """Give the probe's place back when a request ended without telling anything of the host."""
        self._probing = False
