"""The one door to the outside: every write to a forge goes through it."""

from typing import Protocol

from tamma_core.domain.effects import Effect, Outcome
from tamma_core.ports.journal import Lease


class Effects(Protocol):
    """Do an external effect once, however often it is asked for."""

    async def perform(self, lease: Lease, effect: Effect) -> Outcome:
        """Journal the intent, look whether the effect exists, make it if not, journal the outcome.

        Asked again with the same key, answer the journaled outcome without any call. Raises `Retryable`
        when it could not be told whether the effect landed; asking again is then safe.
        """
        ...
