"""Close the issue, say so, watch what the merge does to the base, and clean up."""

from tamma_core.domain import effects
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import TaskCompleted, WaitFor
from tamma_core.domain.ids import EffectKey
from tamma_core.engine.base_watching import watch_base
from tamma_core.engine.revert import propose_revert
from tamma_core.engine.step import Done, StepContext, StepResult, Wait
from tamma_core.guards.base_watch import Watched, Watching


async def run(ctx: StepContext) -> StepResult:
    """Finish what a merged change leaves to do; the watch is a wait on disk, bounded by the time limit of CI."""
    merged = ctx.state.merged
    if merged is None:
        raise Defect("nothing was merged")
    wait = ctx.state.wait
    if wait is None or wait.wait_for is not WaitFor.CI:
        await _finish(ctx)
    seen = await watch_base(ctx)
    if isinstance(seen, Watching):
        return Wait(wait_for=WaitFor.CI, reason=seen.reason, poll_s=ctx.state.settings.poll_s)
    result: StepResult
    if isinstance(seen, Watched):
        await ctx.say(seen.reason, level="warning" if seen.doubtful else "info")
        noted = f"; {seen.reason}" if seen.doubtful else ""
        result = Done((TaskCompleted(summary=f"merged as {merged.sha}{noted}"),))
    else:
        result = await propose_revert(ctx)
    if isinstance(result, Done):
        await (await ctx.workspace()).close(remove=True)
    return result


async def _finish(ctx: StepContext) -> None:
    """Say and close what is done, and remove our branch."""
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
