"""Events of earlier versions, as they lie in journals."""

from tamma_core.codec import from_json
from tamma_core.domain.events import ChangeMerged, Event

SHA = "0" * 40


def test_a_merge_of_before_the_watch_is_read() -> None:
    """A merge that was journaled without its place on the base is one whose base is not watched."""
    found = from_json(Event, f'{{"sha": "{SHA}", "type": "change_merged"}}')
    assert isinstance(found, ChangeMerged)
    assert found.onto is None
