"""What every budget does, whatever it is kept in."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from tamma_core.domain.errors import BudgetExhausted, InvalidInput, NotFound
from tamma_core.domain.ids import TaskId
from tamma_core.ports.budget import Amount, Budget, Reservation, Scope, day_scope, task_scope

DAY = day_scope(date(2026, 1, 1), cap_usd=Decimal(10))


def usd(text: str, tokens: int = 0) -> Amount:
    """Make an amount of a known price."""
    return Amount(usd=Decimal(text), tokens=tokens)


def scope(*, cap: str | None = None, tokens: int | None = None) -> Scope:
    """Make the scope of the task t1."""
    return task_scope(TaskId("t1"), cap_usd=None if cap is None else Decimal(cap), cap_tokens=tokens)


class BudgetContract:
    """Subclass it, and give the fixture `budget`."""

    @pytest.fixture
    async def budget(self) -> Budget:
        """Give an empty budget."""
        raise NotImplementedError

    async def test_nothing_is_spent_at_first(self, budget: Budget) -> None:
        """An unknown scope has spent nothing."""
        assert await budget.spent("task:t1") == usd("0")

    async def test_a_reservation_counts_as_spent(self, budget: Budget) -> None:
        """What is set aside is not there for others, even if it is never settled."""
        await budget.reserve([scope(cap="1")], usd("0.7", 100))
        assert await budget.spent("task:t1") == usd("0.7", 100)
        with pytest.raises(BudgetExhausted, match=r"task:t1 has 0\.3 USD left of 1,.* 0\.4"):
            await budget.reserve([scope(cap="1")], usd("0.4"))

    async def test_settling_replaces_the_worst_case(self, budget: Budget) -> None:
        """What was not spent is there again; settling twice counts once."""
        held = await budget.reserve([scope(cap="1")], usd("0.7", 100))
        await budget.settle(held, usd("0.2", 30))
        await budget.settle(held, usd("0.9", 90))
        assert await budget.spent("task:t1") == usd("0.2", 30)
        await budget.reserve([scope(cap="1")], usd("0.8"))

    async def test_a_cap_can_be_used_up_exactly(self, budget: Budget) -> None:
        """A hundred times 0.1 is 10, to the last digit."""
        for _ in range(100):
            held = await budget.reserve([scope(cap="10")], usd("0.1"))
            await budget.settle(held, usd("0.1"))
        assert await budget.spent("task:t1") == usd("10")
        with pytest.raises(BudgetExhausted):
            await budget.reserve([scope(cap="10")], usd("0.000000000001"))

    async def test_small_prices_are_exact(self, budget: Budget) -> None:
        """The price of one cheap token is neither rounded nor lost."""
        await budget.reserve([scope()], usd("12345.678"))
        await budget.reserve([scope()], usd("0.000000075"))
        assert (await budget.spent("task:t1")).usd == Decimal("12345.678000075")

    async def test_all_scopes_or_none(self, budget: Budget) -> None:
        """When one scope has no room, no other is charged."""
        await budget.reserve([DAY], usd("9.5"))
        with pytest.raises(BudgetExhausted, match="day:2026-01-01"):
            await budget.reserve([scope(cap="5"), DAY], usd("1"))
        assert await budget.spent("task:t1") == usd("0")
        await budget.reserve([scope(cap="5"), DAY], usd("0.5"))
        assert await budget.spent(DAY.name) == usd("10")

    async def test_tokens_are_capped(self, budget: Budget) -> None:
        """A token cap binds whether or not the price is known."""
        await budget.reserve([scope(tokens=100)], usd("0.1", 60))
        with pytest.raises(BudgetExhausted, match="40 tokens left of 100"):
            await budget.reserve([scope(tokens=100)], usd("0.1", 50))

    async def test_an_unknown_price_needs_a_token_cap(self, budget: Budget) -> None:
        """Without any token cap a call of unknown price is refused."""
        unknown = Amount(usd=None, tokens=50)
        with pytest.raises(BudgetExhausted, match="unknown"):
            await budget.reserve([scope(cap="5"), DAY], unknown)
        await budget.reserve([scope(tokens=100), DAY], unknown)
        with pytest.raises(BudgetExhausted, match="tokens"):
            await budget.reserve([scope(tokens=100), DAY], Amount(usd=None, tokens=51))

    async def test_an_unknown_price_is_never_zero(self, budget: Budget) -> None:
        """A scope with an unknown price in it has no known sum, until the price is settled."""
        held = await budget.reserve([scope(tokens=100)], Amount(usd=None, tokens=50))
        assert await budget.spent("task:t1") == Amount(usd=None, tokens=50)
        await budget.settle(held, usd("0.3", 40))
        assert await budget.spent("task:t1") == usd("0.3", 40)

    async def test_a_price_that_stays_unknown_costs_the_worst_case(self, budget: Budget) -> None:
        """A call that died without its usage does not give money back."""
        held = await budget.reserve([scope(cap="1")], usd("0.7", 100))
        await budget.settle(held, Amount(usd=None, tokens=100))
        assert await budget.spent("task:t1") == usd("0.7", 100)

    async def test_reservations_at_once_do_not_overshoot(self, budget: Budget) -> None:
        """Of fifty calls at the same time as many pass as the cap holds."""
        calls = (budget.reserve([scope(cap="1"), DAY], usd("0.1")) for _ in range(50))
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(isinstance(answer, Reservation) for answer in answers) == 10
        assert await budget.spent("task:t1") == usd("1")

    @pytest.mark.parametrize("amount", [usd("-1"), usd("NaN"), usd("Infinity"), usd("1", -1)])
    async def test_amounts_that_cannot_be_spent_are_refused(self, budget: Budget, amount: Amount) -> None:
        """Neither negative amounts nor what is no number enter the sums."""
        with pytest.raises(InvalidInput):
            await budget.reserve([scope(cap="5")], amount)

    @pytest.mark.parametrize("name", ["99", "none"])
    async def test_unknown_reservations_are_not_found(self, budget: Budget, name: str) -> None:
        """Only what was reserved can be settled."""
        with pytest.raises(NotFound):
            await budget.settle(Reservation(name), usd("1"))
