"""What earlier journals say of the network is still read, and what is said now folds."""

import json
from datetime import UTC, datetime

from tamma_core.codec import from_json, to_json
from tamma_core.domain.events import Event, NetworkUsed, Recorded, TaskCreated
from tamma_core.domain.ids import DeliveryId, Position, TaskId
from tamma_core.domain.repository import RepositoryRef
from tamma_core.domain.state import fold
from tamma_core.domain.task import SetupNetwork, StepName, Task, Trigger
from tamma_core.domain.traffic import HostTraffic, Refusal, Traffic

AT = datetime(2026, 1, 2, tzinfo=UTC)
CREATED = TaskCreated(
    task=Task(
        id=TaskId("t1"),
        repository=RepositoryRef("forge", "o/r"),
        trigger=Trigger.CLI,
        delivery=DeliveryId("d1"),
        created_at=AT,
        text="fix it",
    )
)
USED = NetworkUsed(
    step=StepName.VERIFY,
    network=SetupNetwork.PROXY,
    traffic=Traffic(
        passed=(HostTraffic(host="a.example.org:443", connections=1, sent_bytes=2, received_bytes=3),),
        refused=(Refusal(target="b.example.org:443", reason="is not on the list", count=4),),
    ),
)


def test_an_old_task_that_says_nothing_reaches_nothing() -> None:
    """Where nothing was written, nothing is permitted."""
    old = json.loads(to_json(CREATED))
    del old["task"]["settings"]["setup_network"]
    assert from_json(Event, json.dumps(old)).task.settings.setup_network is SetupNetwork.NONE


def test_what_was_used_is_journaled_and_folds() -> None:
    """The event comes back as it was, and the state knows it."""
    assert from_json(Event, to_json(USED)) == USED
    events: tuple[Event, ...] = (CREATED, USED, USED)
    recorded = [
        Recorded(position=Position(str(n)), task=TaskId("t1"), epoch=1, at=AT, event=event)
        for n, event in enumerate(events)
    ]
    assert fold(recorded).networks == (USED, USED)
