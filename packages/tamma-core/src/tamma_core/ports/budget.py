"""Money and tokens, reserved before they are spent."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from tamma_core.domain.ids import TaskId
from tamma_core.domain.record import Record


class Scope(Record, frozen=True, kw_only=True):
    """Name what a cap applies to: a task, a repository, or a day; a cap of none does not bind."""

    name: str
    cap_usd: Decimal | None
    cap_tokens: int | None


class Amount(Record, frozen=True, kw_only=True):
    """Hold money and tokens; `usd` none means that the price is unknown."""

    usd: Decimal | None
    tokens: int


class Reservation(Record, frozen=True):
    """Name money that is set aside."""

    id: str


def task_scope(task: TaskId, *, cap_usd: Decimal | None, cap_tokens: int | None) -> Scope:
    """Make the scope of one task."""
    return Scope(name=f"task:{task}", cap_usd=cap_usd, cap_tokens=cap_tokens)


def day_scope(day: date, *, cap_usd: Decimal | None) -> Scope:
    """Make the scope of one day over all tasks."""
    return Scope(name=f"day:{day.isoformat()}", cap_usd=cap_usd, cap_tokens=None)


class Budget(Protocol):
    """Set money aside before each call, so that no cap is overshot by calls at the same time or calls that die."""

    async def reserve(self, scopes: Sequence[Scope], worst: Amount) -> Reservation:
        """Set the worst case aside in every scope, or in none.

        Raises `BudgetExhausted` naming the scope and its cap; an unknown price is refused where no
        scope has a token cap. A reservation that is never settled counts as spent.
        """
        ...

    async def settle(self, reservation: Reservation, actual: Amount) -> None:
        """Replace what was set aside by what was spent. Idempotent."""
        ...

    async def spent(self, scope: str) -> Amount:
        """Answer what is spent and set aside in a scope."""
        ...
