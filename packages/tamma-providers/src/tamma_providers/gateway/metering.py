"""Count one call: money is set aside before it, and what it used is settled after it."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from tamma_core.domain.chunks import End, UsageSnapshot
from tamma_core.domain.errors import BudgetExhausted, TammaError
from tamma_core.domain.usage import Usage
from tamma_core.ports.ai_provider import ModelChoice
from tamma_core.ports.budget import Amount, Budget, Reservation, Scope

from tamma_providers.catalogue import cost_of
from tamma_providers.gateway.asked import Asked, Refused
from tamma_providers.streams import Reader


class Meter:
    """Count the calls of one agent against its caps."""

    def __init__(self, budget: Budget, scopes: Callable[[], Sequence[Scope]]) -> None:
        self._budget = budget
        self._scopes = scopes

    async def begin(self, asked: Asked, choice: ModelChoice) -> "Call":
        """Set the worst case aside; raise `Refused` above a cap."""
        usd = choice.worst_case_usd(asked.input_tokens, asked.output_tokens)
        worst = Amount(usd=usd, tokens=asked.input_tokens + asked.output_tokens)
        try:
            reservation = await self._budget.reserve(self._scopes(), worst)
        except BudgetExhausted as error:
            raise Refused(f"Tamma's budget is used up: {error.message}", status=402, kind="budget") from None
        return Call(self._budget, reservation, choice)


class Call:
    """Stand for a call that money is set aside for; without a word of what it used, that stays spent."""

    def __init__(self, budget: Budget, reservation: Reservation, choice: ModelChoice) -> None:
        self._budget = budget
        self._reservation = reservation
        self._price = choice.price
        self.model = choice.model
        self.request = ""
        """What the provider was sent."""
        self.usage = Usage()
        self.complete = False
        self.cost_usd: Decimal | None = None
        self.told = False
        """Whether its report is on its way, so that none goes out twice."""

    def read(self, reader: Reader, event: str, data: str) -> None:
        """Take usage from an event; one that cannot be read passes, and is not counted."""
        try:
            chunks = reader.read(event, data)
        except TammaError:
            return
        for chunk in chunks:
            if isinstance(chunk, UsageSnapshot | End):
                self.usage = chunk.usage
        self.complete = self.complete or reader.ended

    async def free(self) -> None:
        """Give everything back: the vendor refused, and takes nothing."""
        self.complete, self.cost_usd = True, Decimal(0)
        await self._budget.settle(self._reservation, Amount(usd=Decimal(0), tokens=0))

    async def settle(self) -> None:
        """Replace what was set aside by what was used; of an answer that broke off that is not known."""
        if self.usage.source == "absent" or not self.complete:
            return
        self.cost_usd = cost_of(self._price, self.usage)
        await self._budget.settle(self._reservation, Amount(usd=self.cost_usd, tokens=self.usage.total_tokens))
