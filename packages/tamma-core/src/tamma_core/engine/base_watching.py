"""Watch the base's checks after a merge."""

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import BaseTurnedRed, ChangeMerged
from tamma_core.domain.ids import Sha
from tamma_core.engine.expected_checks import ci_configured
from tamma_core.engine.request import selected
from tamma_core.engine.step import StepContext
from tamma_core.guards.base_watch import BaseFacts, Red, Watched, Watching, watch
from tamma_core.guards.ci_state import is_of_change


async def watch_base(ctx: StepContext) -> Watching | Watched | Red:
    """Look at the base's checks once, and journal what the merge broke, so that it stays what is acted on."""
    merged, red = ctx.state.merged, ctx.state.red
    if merged is None:
        raise Defect("nothing was merged")
    if red is not None:
        return Red(red.checks)
    if merged.onto is None or not (await ctx.platform()).get_capabilities().continuous_integration.supported:
        return Watched("the base has no checks")
    tip = await (await ctx.workspace()).fetch(selected(ctx.state).base)
    seen = watch(await _gather(ctx, merged, merged.onto, tip))
    if isinstance(seen, Red):
        found_at = ctx.now.replace(microsecond=0)
        await ctx.record(BaseTurnedRed(sha=merged.sha, tip=tip, checks=seen.checks, found_at=found_at))
    return seen


async def _gather(ctx: StepContext, merged: ChangeMerged, onto: Sha, tip: Sha) -> BaseFacts:
    platform, repository, settings = await ctx.platform(), ctx.state.task.repository, ctx.state.settings
    before = await platform.get_checks(repository, onto)
    since = (ctx.now - ctx.state.merged_at).total_seconds() if ctx.state.merged_at else 0.0
    return BaseFacts(
        merged=merged.sha,
        onto=onto,
        tip=tip,
        checks=[check for check in await platform.get_checks(repository, merged.sha) if is_of_change(check.name)],
        before=before,
        now=await platform.get_checks(repository, tip),
        ci_configured=bool(before) or await ci_configured(ctx, merged.sha),
        seconds_since_merge=since,
        settle_s=settings.settle_s,
        ci_timeout_s=settings.ci_timeout_s,
    )
