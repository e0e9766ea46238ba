"""Tell by the journal which commits of our branch are ours."""

from collections.abc import Iterator

from tamma_core.domain import effects
from tamma_core.domain.ids import Sha
from tamma_core.domain.state import EffectRecord, TaskState


def heads_meant(state: TaskState) -> tuple[Sha, ...]:
    """List the commits that we pushed or were about to push, the last one last: a forge may show an earlier one for a while."""
    return tuple(push.sha for push, _ in _pushes(state))


def heads_pushed(state: TaskState) -> tuple[Sha, ...]:
    """List the commits whose push was answered, the last one last."""
    return tuple(push.sha for push, record in _pushes(state) if _is_done(record))


def may_land_late(state: TaskState, sha: Sha) -> bool:
    """Tell whether a commit is one of ours whose push was never answered, and so may land whenever it likes.

    What we know to have been there, by the answer or since we pushed over it, only a person puts there again.
    """
    known = {at for push, record in _pushes(state) if _is_done(record) for at in (push.sha, push.expected)}
    return sha in heads_meant(state) and sha not in known


def _pushes(state: TaskState) -> Iterator[tuple[effects.PushBranch, EffectRecord]]:
    for record in state.effects.values():
        if isinstance(record.effect, effects.PushBranch) and record.effect.branch == state.branch:
            yield record.effect, record


def _is_done(record: EffectRecord) -> bool:
    return isinstance(record.outcome, effects.Done)
