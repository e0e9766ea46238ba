"""The cap of a day, which belongs to the machine and not to any task."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace
from tamma_core.ports.budget import Amount, Budget, Reservation, Scope


class CappedBudget:
    """Put the configured cap on every scope of a day."""

    def __init__(self, budget: Budget, *, day_usd: Decimal | None) -> None:
        self._budget = budget
        self._day_usd = day_usd

    async def reserve(self, scopes: Sequence[Scope], worst: Amount) -> Reservation:
        """Set the worst case aside, the day's cap included."""
        return await self._budget.reserve([self._capped(scope) for scope in scopes], worst)

    async def settle(self, reservation: Reservation, actual: Amount) -> None:
        """Replace what was set aside by what was spent."""
        await self._budget.settle(reservation, actual)

    async def spent(self, scope: str) -> Amount:
        """Answer what is spent and set aside in a scope."""
        return await self._budget.spent(scope)

    def _capped(self, scope: Scope) -> Scope:
        return replace(scope, cap_usd=self._day_usd) if scope.name.startswith("day:") else scope
