from datetime import UTC, datetime

from tamma_core.domain.effects import PostIssueComment, SetIssueLabels
from tamma_core.domain.events import EffectIntended, TaskParked
from tamma_core.domain.ids import EffectKey
from tamma_core.domain.masked_record import masked
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.domain.task import StepName

ISSUE = IssueRef("forge", RepositoryRef("forge", "team/shop"), "7")


def hide(text: str) -> str:
    """Mask as a redactor does."""
    return text.replace("canary", "***")


def test_texts_at_any_depth_are_masked_and_the_rest_stays() -> None:
    """A comment inside an effect inside an event loses its secret; enums, times and types are as they were."""
    comment = PostIssueComment(key=EffectKey("comment:1"), issue=ISSUE, body="a canary sang")
    event = masked(EffectIntended(effect=comment, expires_at=datetime(2026, 1, 1, tzinfo=UTC)), hide)
    assert isinstance(event.effect, PostIssueComment)
    assert event.effect.body == "a *** sang"
    assert event.expires_at.year == 2026
    parked = masked(TaskParked(step=StepName.PLAN, reason="canary", hint=""), hide)
    assert (parked.step, parked.reason) == (StepName.PLAN, "***")
    assert masked({"canary": ["canary", 3, None]}, hide) == {"***": ["***", 3, None]}


def test_record_without_a_secret_is_the_same_object() -> None:
    """Nothing is copied on the usual way."""
    effect = SetIssueLabels(key=EffectKey("labels"), issue=ISSUE, add=("a", "b"))
    assert masked(effect, hide) is effect
