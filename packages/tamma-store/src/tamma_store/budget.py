"""What is spent and set aside in each scope, decided one reservation at a time."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update
from tamma_core.domain.errors import BudgetExhausted, Defect, InvalidInput, NotFound
from tamma_core.domain.record import Record
from tamma_core.ports.budget import Amount, Reservation, Scope
from tamma_core.ports.clock import Clock

from tamma_store.reader import Reader
from tamma_store.schema import budget_reservation, budget_scope, budget_share
from tamma_store.writer import Writer

# Each call of a model asks these; building a statement costs as much as running it.
_SEEN = select(budget_scope).where(budget_scope.c.name == bindparam("scope"))
_TOTAL = _SEEN.with_for_update()
_CHANGE = update(budget_scope).where(budget_scope.c.name == bindparam("scope"))
_RESERVED = select(budget_reservation).where(budget_reservation.c.id == bindparam("number")).with_for_update()
_SHARES = select(budget_share.c.scope).where(budget_share.c.reservation == bindparam("number"))
_SETTLE = update(budget_reservation).where(budget_reservation.c.id == bindparam("number"))


class _Total(Record, frozen=True):
    """Sum a scope; `unpriced` counts the calls whose price is not in `usd`."""

    usd: Decimal = Decimal(0)
    tokens: int = 0
    unpriced: int = 0

    def changed(self, add: Amount, remove: Amount | None = None) -> "_Total":
        """Add one amount and take another away."""
        away = remove or Amount(usd=Decimal(0), tokens=0)
        return _Total(
            usd=self.usd + (add.usd or 0) - (away.usd or 0),
            tokens=self.tokens + add.tokens - away.tokens,
            unpriced=self.unpriced + (add.usd is None) - (away.usd is None),
        )


class SqlBudget:
    """Keep one row a scope, changed only together with the reservation that explains it."""

    def __init__(self, writer: Writer, reader: Reader, clock: Clock) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock

    async def reserve(self, scopes: Sequence[Scope], worst: Amount) -> Reservation:
        """Set the worst case aside in every scope, or raise `BudgetExhausted` and change none."""
        _check(worst)
        if worst.usd is None and all(scope.cap_tokens is None for scope in scopes):
            raise BudgetExhausted(
                f"the price of this call is unknown, and no token cap bounds {_names(scopes)}",
                hint="set a token limit, or give the model a price",
            )
        return await self._writer.run(lambda connection: self._reserve(connection, scopes, worst))

    async def settle(self, reservation: Reservation, actual: Amount) -> None:
        """Replace what was set aside; where the price stayed unknown, the worst case is what was spent."""
        _check(actual)
        await self._writer.run(lambda connection: _settle(connection, reservation, actual))

    async def spent(self, scope: str) -> Amount:
        """Answer what is spent and set aside; `usd` is none while a price in it is unknown."""
        total = await self._reader.run(lambda connection: _total(connection, scope, _SEEN))
        return Amount(usd=None if total.unpriced else total.usd, tokens=total.tokens)

    def _reserve(self, connection: Connection, scopes: Sequence[Scope], worst: Amount) -> Reservation:
        totals = {scope.name: _total(connection, scope.name).changed(worst) for scope in scopes}
        for scope in scopes:
            _hold(scope, totals[scope.name], worst)
        row = {"at": self._clock.now(), "usd": worst.usd, "tokens": worst.tokens, "settled": False}
        key = connection.execute(insert(budget_reservation), row).inserted_primary_key
        if key is None:
            raise Defect("the store gave a reservation no number")
        for name, total in totals.items():
            _store(connection, name, total)
            connection.execute(insert(budget_share), {"reservation": key[0], "scope": name})
        return Reservation(id=str(key[0]))


def _settle(connection: Connection, reservation: Reservation, actual: Amount) -> None:
    number = int(reservation.id) if reservation.id.isascii() and reservation.id.isdigit() else 0
    row = connection.execute(_RESERVED, {"number": number}).one_or_none()
    if row is None:
        raise NotFound(f"there is no reservation {reservation.id!r}", hint="settle what `reserve` answered")
    if row.settled:
        return
    reserved = Amount(usd=row.usd, tokens=row.tokens)
    final = Amount(usd=row.usd if actual.usd is None else actual.usd, tokens=actual.tokens)
    for name in connection.execute(_SHARES, {"number": number}).scalars().all():
        _store(connection, name, _total(connection, name).changed(final, reserved))
    values = {"usd": final.usd, "tokens": final.tokens, "settled": True}
    connection.execute(_SETTLE, {"number": number} | values)


def _hold(scope: Scope, total: _Total, worst: Amount) -> None:
    """Raise `BudgetExhausted` when a total with the worst case in it is above a cap of its scope."""
    if scope.cap_usd is not None and worst.usd is not None and total.usd > scope.cap_usd:
        left = max(Decimal(0), scope.cap_usd - total.usd + worst.usd)
        raise BudgetExhausted(
            f"{scope.name} has {left:f} USD left of {scope.cap_usd:f}, and this call may cost {worst.usd:f}",
            hint="raise the cap, then resume the task",
        )
    if scope.cap_tokens is not None and total.tokens > scope.cap_tokens:
        left_tokens = max(0, scope.cap_tokens - total.tokens + worst.tokens)
        raise BudgetExhausted(
            f"{scope.name} has {left_tokens} tokens left of {scope.cap_tokens}, and this call may use {worst.tokens}",
            hint="raise the cap, then resume the task",
        )


def _total(connection: Connection, name: str, statement: Select[Any] = _TOTAL) -> _Total:
    row = connection.execute(statement, {"scope": name}).one_or_none()
    return _Total() if row is None else _Total(usd=row.usd, tokens=row.tokens, unpriced=row.unpriced)


def _store(connection: Connection, name: str, total: _Total) -> None:
    values = {"usd": total.usd, "tokens": total.tokens, "unpriced": total.unpriced}
    changed = connection.execute(_CHANGE, {"scope": name} | values)
    if changed.rowcount == 0:
        connection.execute(insert(budget_scope), {"name": name} | values)


def _check(amount: Amount) -> None:
    if amount.tokens < 0 or (amount.usd is not None and not (amount.usd.is_finite() and amount.usd >= 0)):
        raise InvalidInput(f"an amount of {amount.usd} USD and {amount.tokens} tokens cannot be spent")


def _names(scopes: Sequence[Scope]) -> str:
    return ", ".join(scope.name for scope in scopes) or "it"
