"""Close the issue, say so, and clean up."""

from tamma_core.domain import effects
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import TaskCompleted
from tamma_core.domain.ids import EffectKey
from tamma_core.engine.step import Done, StepContext, StepResult


async def run(ctx: StepContext) -> StepResult:
    """Finish what a merged change leaves to do."""
    merged, shown, issue = ctx.state.merged, ctx.state.pull_request, ctx.state.task.issue
    if merged is None or shown is None:
        raise Defect("nothing was merged")
    if issue is not None:
        body = f"Merged as `{merged.sha[:12]}` by pull request #{shown.number}."
        await ctx.perform(effects.PostIssueComment(key=EffectKey("comment:merged"), issue=issue, body=body))
        await ctx.perform(effects.CloseIssue(key=EffectKey("close"), issue=issue))
    gone = await ctx.perform(
        effects.DeleteBranch(
            key=EffectKey("delete-branch"),
            repository=ctx.state.task.repository,
            branch=ctx.state.branch,
            expected=shown.head_sha,
        )
    )
    if isinstance(gone, effects.Declined):
        await ctx.say(f"branch `{ctx.state.branch}` stays: {gone.reason}", level="warning")
    await (await ctx.workspace()).close(remove=True)
    return Done((TaskCompleted(summary=f"merged as {merged.sha}"),))
