"""The row of a list against the fold of the whole journal."""

from hypothesis import given
from hypothesis import strategies as st
from tamma_core.domain import events as ev
from tamma_core.domain.ids import Position
from tamma_core.domain.state import fold
from tamma_core.testing.example_tasks import CREATED_AT
from tamma_store.projection import advance, begin
from unit.store.every_event import INTENDED, LATER, PLAIN, TASK, events


@given(st.lists(events, max_size=30), st.integers(0, 30))
def test_the_row_is_what_the_fold_says(later: list[ev.Event], cut: int) -> None:
    """However events are cut into appends, status, step and cost are those of the fold over all of them."""
    history: list[ev.Event] = [ev.TaskCreated(task=TASK), INTENDED, *later]
    shown = advance(advance(begin(TASK, CREATED_AT), history[:cut]), history[cut:])
    state = fold(
        ev.Recorded(position=Position(str(number)), task=TASK.id, epoch=1, at=LATER, event=event)
        for number, event in enumerate(history)
    )
    assert (shown.status, shown.step) == (state.status, state.step)
    assert (shown.cost_usd, shown.cost_known) == (state.cost_usd, state.cost_known)
    assert shown.plan_hash == state.plan_hash
    if state.status.ended:
        assert (shown.reason, shown.wake_at) == (state.ended_because, None)


def test_the_title_is_that_of_the_issue() -> None:
    """Before the issue is read its name stands in; afterwards its title, without the line ends."""
    shown = begin(TASK, CREATED_AT)
    assert shown.title == "example:owner/name#7"
    assert advance(shown, PLAIN[:2]).title == "A defect"
