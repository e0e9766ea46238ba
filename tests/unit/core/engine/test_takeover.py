"""What is a push by a person, and what is one of our own; on a forge over loopback."""

from pathlib import Path

import pytest
from tamma_core.domain import events as ev
from tamma_core.domain.effects import Done, PushBranch
from tamma_core.domain.errors import NeedsHuman
from tamma_core.domain.ids import EffectKey, Sha
from tamma_core.domain.task import StepName
from tamma_core.engine.step import StepContext
from tamma_core.engine.takeover import yield_to_people
from unit.core.engine.test_words import CHANGED, HEAD, ISSUE, Talk, talking, typed

BRANCH, NEXT = "tamma/x", Sha("c" * 40)


def push(sha: Sha) -> PushBranch:
    """Push to our branch."""
    return PushBranch(
        key=EffectKey(f"push:{sha}"), repository=ISSUE.ref.repository, branch=BRANCH, sha=sha, expected=None
    )


async def at_work(talk: Talk) -> StepContext:
    """Begin a step on a change whose first head was pushed."""
    pushed = ev.EffectDone(key=push(HEAD).key, outcome=Done(sha=HEAD))
    first = ev.EffectIntended(effect=push(HEAD), expires_at=talk.clock.at)
    again = ev.StepStarted(step=StepName.PULL_REQUEST, attempt=2)
    await talk.begin(typed(ev.Approved), *CHANGED, first, pushed, again)
    lease = await talk.world.ports.journal.claim(talk.task, owner="test", ttl_s=30.0)
    return StepContext(talk.world.ports, lambda: lease, await talk.world.engine.state(talk.task))


async def test_a_push_of_the_same_step_is_our_own(tmp_path: Path) -> None:
    """Whoever looks while the step pushes knows an older state, and the journal says whose head it is."""
    async with talking(tmp_path) as talk:
        ctx = await at_work(talk)
        talk.stored.branches[BRANCH] = talk.stored.push(BRANCH, {"a.py": b"a"}, None)
        ours = Sha(talk.stored.branches[BRANCH])
        with pytest.raises(NeedsHuman, match="none of our commits"):
            await yield_to_people(ctx)
        intended = ev.EffectIntended(effect=push(ours), expires_at=talk.clock.at)
        await talk.world.ports.journal.append(ctx.lease, [intended])
        await yield_to_people(ctx)
