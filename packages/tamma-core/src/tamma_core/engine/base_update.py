"""Bring the present base into a candidate, by the policy of the task."""

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import BaseMoved, CandidateRejected
from tamma_core.domain.ids import Sha
from tamma_core.domain.task import BaseUpdate, StepName
from tamma_core.engine.judging import judge
from tamma_core.engine.published import AUTHOR, EMAIL
from tamma_core.engine.rejection import reject
from tamma_core.engine.request import selected
from tamma_core.engine.step import Escalate, StepContext, StepResult
from tamma_core.engine.texts import commit_message
from tamma_core.workspace.committing import Conflicts, Signature

MOST_BASE_MOVES = 10


async def update_base(ctx: StepContext, tip: Sha) -> StepResult:
    """Merge the present base into the candidate, or put it on top; what results is verified and reviewed anew.

    Conflicts go to the agent, in its tree, and cost an attempt.
    """
    candidate, attempt = ctx.state.candidate, ctx.state.attempt
    if candidate is None or attempt is None:
        raise Defect("there is no candidate to update")
    if ctx.state.base_moves >= MOST_BASE_MOVES:
        return Escalate(
            reason=f"the base moved {ctx.state.base_moves} times while the change was checked",
            hint="`tamma resume` when the base is quieter, or merge by hand",
        )
    rewritten = await _rewritten(ctx, tip)
    if rewritten is not None:
        return rewritten
    updated = await _updated(ctx, candidate.sha, tip)
    await ctx.record(BaseMoved(base_sha=tip))
    if isinstance(updated, Conflicts):
        reason = f"the base moved to {tip[:12]} and conflicts with the change"
        rejected = CandidateRejected(
            sha=candidate.sha,
            by=StepName.MONITOR,
            reason=reason,
            evidence="\n".join(updated.paths),
            conflicts=updated.paths,
        )
        return await reject(ctx, rejected)
    await ctx.say(f"the base moved to {tip[:12]}; the change now contains it")
    return await judge(ctx, updated, attempt, candidate.summary)


async def _updated(ctx: StepContext, sha: Sha, tip: Sha) -> Sha | Conflicts:
    candidate, attempt, workspace = ctx.state.candidate, ctx.state.attempt, await ctx.workspace()
    if candidate is None or attempt is None:
        raise Defect("there is no candidate to update")
    rebasing = ctx.state.settings.base_update is BaseUpdate.REBASE
    message = (
        commit_message(ctx.state, candidate.summary) if rebasing else f"Merge the present base into {ctx.state.branch}"
    )
    if rebasing:
        signature = Signature(message=message, authored_at=attempt.authored_at, author=AUTHOR, email=EMAIL)
        return await workspace.rebase(sha, tip, signature)
    return await workspace.merge(sha, tip, message=message, authored_at=attempt.authored_at, author=AUTHOR, email=EMAIL)


async def _rewritten(ctx: StepContext, tip: Sha) -> Escalate | None:
    """Ask a person where the base no longer has what the change builds on."""
    if await (await ctx.workspace()).contains(tip, ctx.state.base_sha):
        return None
    base, built_on = selected(ctx.state).base, ctx.state.base_sha[:12]
    reason = f"`{base}` was rewritten: at {tip[:12]} it no longer has {built_on}, which the change builds on"
    if ctx.accepted(StepName.MONITOR, reason):
        return None
    hint = "`tamma resume` measures the change against the new base; what was taken out there comes back with it"
    return Escalate(reason=reason, hint=hint)
