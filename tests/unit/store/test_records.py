"""Events as rows."""

from types import SimpleNamespace
from typing import Any, get_args

import pytest
from tamma_core.codec import to_json
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import Event
from tamma_store.records import decode
from unit.store.every_event import LATER, PLAIN, VARIED


def row(type_: str, data: bytes) -> Any:
    """Make a row as the database gives it."""
    return SimpleNamespace(position=3, task="t1", epoch=2, at=LATER, type=type_, data=data.decode())


@pytest.mark.parametrize("event", [*PLAIN, *VARIED], ids=lambda event: event.type)
def test_each_type_comes_back(event: Event) -> None:
    """Every event of the union survives being stored."""
    recorded = decode(row(event.type, to_json(event)))
    assert recorded.event == event
    assert (recorded.position, recorded.task, recorded.epoch, recorded.at) == ("3", "t1", 2, LATER)


def test_the_examples_are_complete() -> None:
    """A type added to the union needs an example here."""
    assert {event.type for event in (*PLAIN, *VARIED)} == {kind.__struct_config__.tag for kind in get_args(Event)}


@pytest.mark.parametrize(
    ("type_", "data"), [("from_the_future", b"{}"), ("task_paused", b"{}"), ("task_paused", b"not JSON")]
)
def test_what_is_not_understood_is_a_defect(type_: str, data: bytes) -> None:
    """An unknown type and a record that does not fit are errors, never dropped."""
    with pytest.raises(Defect) as caught:
        decode(row(type_, data))
    assert "version of Tamma" in caught.value.hint
