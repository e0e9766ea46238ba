"""Clock, chance, budget and forges within the hearing of the present tape."""

from collections.abc import Sequence
from datetime import datetime

from tamma_core.ports import tape
from tamma_core.ports.budget import Amount, Budget, Reservation, Scope
from tamma_core.ports.clock import Clock, Entropy


class HeardClock:
    """Tell time; a replay does not wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """Answer the time of day in UTC."""
        return tape.read("now", self._clock.now, datetime)

    def monotonic(self) -> float:
        """Answer seconds that never run backwards."""
        return tape.read("monotonic", self._clock.monotonic, float)

    async def sleep(self, seconds: float) -> None:
        """Wait, but for a replay."""
        present = tape.rolling()
        if present is None or not present.replays:
            await self._clock.sleep(seconds)


class HeardEntropy:
    """Give chance."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy

    def token(self) -> str:
        """Answer 26 characters that no other call answers."""
        return tape.read("token", self._entropy.token, str)

    def jitter(self) -> float:
        """Answer a number from 0 up to 1."""
        return tape.read("jitter", self._entropy.jitter, float)


class HeardBudget:
    """Set money aside; what other tasks have spent is part of the world."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.spent = budget.spent

    async def reserve(self, scopes: Sequence[Scope], worst: Amount) -> Reservation:
        """Set the worst case aside in every scope, or in none."""
        asked = "\n".join([f"{worst.usd} USD, {worst.tokens} tokens", *map(_written, scopes)])
        return await tape.heard("reserve", asked, lambda: self._budget.reserve(scopes, worst), Reservation)

    async def settle(self, reservation: Reservation, actual: Amount) -> None:
        """Replace what was set aside by what was spent; a replay spends nothing."""
        present = tape.rolling()
        if present is None or not present.replays:
            await self._budget.settle(reservation, actual)


def _written(scope: Scope) -> str:
    return f"{scope.name}: at most {scope.cap_usd} USD, {scope.cap_tokens} tokens"
