"""Reports of an agent's calls on their way to the journal."""

import asyncio
from decimal import Decimal

import pytest
from tamma_core.domain.agent import ModelAsked
from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.sent import Sent
from tamma_core.domain.usage import Usage
from tamma_providers.gateway.reports import Reports, Tell


def call(number: int) -> ModelAsked:
    """Make a report that can be told from others."""
    return ModelAsked(
        model="m",
        status=200,
        request=Sent(new=str(number)),
        answer="",
        complete=True,
        usage=Usage(),
        cost_usd=Decimal(0),
    )


async def test_reports_come_in_order_and_each_is_waited_for() -> None:
    """The agent goes on when the next report is asked for; the last word is none."""
    done: list[int] = []

    async def run(tell: Tell) -> None:
        for number in range(3):
            await tell(call(number))
            done.append(number)

    reports = Reports(run)
    for number in range(3):
        assert await reports.next() == call(number)
        assert done == list(range(number))
    assert await reports.next() is None
    assert done == [0, 1, 2]
    await reports.aclose()


async def test_calls_at_once_are_told_one_after_another() -> None:
    """None is lost, and none overtakes one that came before."""

    async def run(tell: Tell) -> None:
        await asyncio.gather(*(tell(call(number)) for number in range(5)))

    reports = Reports(run)
    assert [await reports.next() for _ in range(6)] == [*map(call, range(5)), None]


async def test_who_stops_asking_ends_the_agent() -> None:
    """Its open calls are let go, also those that it makes on its way out, and whoever waits for them hangs no more."""
    ended: list[str] = []

    async def run(tell: Tell) -> None:
        own = asyncio.ensure_future(tell(call(1)))
        try:
            await tell(call(0))
        finally:
            await asyncio.wait([own])
            await tell(call(2))
            ended.append("ended")

    reports = Reports(run)
    await reports.next()
    await reports.aclose()
    assert ended == ["ended"]


async def test_an_agent_that_cannot_run_says_why() -> None:
    """What ended it is raised, not taken for its end."""

    async def run(tell: Tell) -> None:
        await tell(call(0))
        raise SandboxUnavailable("no wall")

    reports = Reports(run)
    assert await reports.next() == call(0)
    with pytest.raises(SandboxUnavailable, match="no wall"):
        await reports.next()
    await reports.aclose()
