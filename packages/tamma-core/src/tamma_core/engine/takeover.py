"""Leave our branch to a person who pushed to it, also while an agent or the tests are at work."""

from tamma_core.domain.errors import NeedsHuman
from tamma_core.domain.state import fold
from tamma_core.domain.task import StepName
from tamma_core.engine.heads import heads_meant
from tamma_core.engine.step import StepContext

WATCHED = frozenset({StepName.IMPLEMENT, StepName.VERIFY, StepName.REVIEW, StepName.PULL_REQUEST})
"""Steps that work on a change which may be on the forge already; later ones look at its head themselves."""


async def yield_to_people(ctx: StepContext) -> None:
    """Raise `NeedsHuman` when the branch is at a commit that is none of ours."""
    ours = heads_meant(ctx.state)
    if not ours or ctx.state.step not in WATCHED:
        return
    state, branch = ctx.state, ctx.state.branch
    present = await (await ctx.platform()).get_branch(state.task.repository, branch)
    if present is None or present.sha in ours:
        return
    # It may be what this very step pushes: that is journaled before it is done, and so before it was seen.
    fresh = await ctx.ports.journal.read(state.task.id, after=state.position)
    if present.sha in heads_meant(fold(fresh, state)):
        return
    raise NeedsHuman(
        f"somebody pushed to `{branch}`: it is at {present.sha[:12]}, which is none of our commits; Tamma stopped its work",
        hint="take the branch over and merge by hand, or set it back and `tamma resume`",
    )
