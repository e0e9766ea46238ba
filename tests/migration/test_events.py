"""Events of earlier versions, as they lie in journals."""

from tamma_core.codec import from_json
from tamma_core.domain.events import ChangeMerged, Event, TaskCreated, TaskResumed
from tamma_core.domain.rules import Rules

SHA = "0" * 40


def test_a_merge_of_before_the_watch_is_read() -> None:
    """A merge that was journaled without its place on the base is one whose base is not watched."""
    found = from_json(Event, f'{{"sha": "{SHA}", "type": "change_merged"}}')
    assert isinstance(found, ChangeMerged)
    assert found.onto is None


def test_a_task_of_before_the_rules_is_read() -> None:
    """A task that was submitted before there were rules has none."""
    task = (
        '{"id": "t", "repository": {"forge": "f", "path": "o/r"}, "trigger": "cli", "delivery": "d",'
        ' "created_at": "2026-01-02T00:00:00Z", "settings": {"limits": {"attempts": 2}, "merge_method": "squash"}}'
    )
    found = from_json(Event, f'{{"task": {task}, "type": "task_created"}}')
    assert isinstance(found, TaskCreated)
    assert found.task.settings.rules == Rules()


def test_a_resume_of_before_the_comments_is_read() -> None:
    """A resume that was journaled before comments could say so has none."""
    found = from_json(Event, '{"by": "mona", "type": "task_resumed"}')
    assert isinstance(found, TaskResumed)
    assert found.comment == ""
