"""Tasks and events for tests, with what matters to the test said and the rest filled in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tamma_core.domain.events import StepStarted, TurnRecorded
from tamma_core.domain.ids import BlobRef, DeliveryId, TaskId
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.domain.task import StepName, Task, Trigger
from tamma_core.domain.usage import Usage

CREATED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def example_task(
    name: str, *, issue: str | None = None, repository: str = "owner/name", delivery: str = "", age_s: float = 0.0
) -> Task:
    """Make a task created `age_s` seconds before the others; one without an issue asks by text."""
    ref = RepositoryRef("example", repository)
    return Task(
        id=TaskId(name),
        repository=ref,
        trigger=Trigger.CLI,
        delivery=DeliveryId(delivery or f"delivery-{name}"),
        created_at=CREATED_AT - timedelta(seconds=age_s),
        issue=None if issue is None else IssueRef("example", ref, issue),
        text="" if issue is not None else f"Do what {name} says\nand no more",
    )


def example_step(step: StepName = StepName.SELECT, *, attempt: int = 1) -> StepStarted:
    """Make the event of a step that began."""
    return StepStarted(step=step, attempt=attempt)


def example_turn(number: int = 1, *, cost_usd: str | None = "0.01") -> TurnRecorded:
    """Make the event of one turn of the agent."""
    return TurnRecorded(
        step=StepName.IMPLEMENT,
        attempt=1,
        number=number,
        kind="turn",
        report=BlobRef("0" * 64),
        usage=Usage(input_tokens=10, output_tokens=5, source="reported"),
        cost_usd=None if cost_usd is None else Decimal(cost_usd),
    )
