"""Merge exactly the head that the gate let pass."""

from functools import partial

from tamma_core.domain import effects
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import ChangeMerged, GateVoided, WaitFor
from tamma_core.domain.ids import EffectKey, Sha
from tamma_core.domain.pull_request import Merged, PullRequestState
from tamma_core.domain.task import StepName
from tamma_core.engine.approval import plan_turned_down
from tamma_core.engine.diff_approval import said_of_diff
from tamma_core.engine.landing import Checked, Unexplained, compare
from tamma_core.engine.published import commit_text
from tamma_core.engine.publisher import merge_outcome
from tamma_core.engine.request import TITLE_LIMIT, closed_issue, selected, title_of
from tamma_core.engine.reviewing import are_threads_open
from tamma_core.engine.step import Done, Escalate, Retry, StepContext, StepResult, Wait
from tamma_core.engine.steps.monitor import judged
from tamma_core.guards.gate_facts import Pass


async def run(ctx: StepContext) -> StepResult:
    """Submit the merge, one at a time on a base, and compare what came of it."""
    gate, shown = ctx.state.gate, ctx.state.pull_request
    if gate is None or shown is None:
        raise Defect("nothing passed the gate")
    base = selected(ctx.state).base
    waits = partial(ctx.say, f"waits for a worker that is merging into `{base}`")
    async with ctx.ports.workspaces.merging(str(ctx.state.task.repository), base, waits):
        voided = await _voided(ctx)
        if voided is not None:
            return Done((voided,))
        effect = effects.MergePullRequest(
            key=EffectKey(f"merge:{gate.head_sha}"),
            repository=ctx.state.task.repository,
            number=shown.number,
            head_sha=gate.head_sha,
            method=ctx.state.settings.merge_method,
            message=f"{commit_text(title_of(ctx.state), TITLE_LIMIT)} (#{shown.number})",
        )
        return await _conclude(ctx, await ctx.perform(effect))


async def _voided(ctx: StepContext) -> GateVoided | None:
    """Look once more, with the base to ourselves, whether everything that let the change pass still holds."""
    gate, shown = ctx.state.gate, ctx.state.pull_request
    if gate is None or shown is None:
        raise Defect("nothing passed the gate")
    found = await (await ctx.platform()).get_pull_request(ctx.state.task.repository, shown.number)
    if found.state is PullRequestState.MERGED:
        return None
    await ctx.hear_anew()
    facts, decision = await judged(ctx)
    if facts.base_tip != gate.base_sha:
        return GateVoided(reason="the base moved before the merge")
    if ctx.state.plan_approval is None:
        return GateVoided(reason="by the rules of meanwhile nobody approved the plan")
    if not isinstance(decision, Pass):
        return GateVoided(reason=f"the gate closed again before the merge: {type(decision).__name__}")
    # What follows from a person's word is decided where it is looked for; here it only stops the merge.
    if await closed_issue(ctx) or (await said_of_diff(ctx)).rejection or await plan_turned_down(ctx):
        return GateVoided(reason="a person said stop before the merge")
    if await are_threads_open(ctx, facts):
        return GateVoided(reason="a reviewer asked for something before the merge")
    return None


async def _conclude(ctx: StepContext, outcome: effects.Outcome) -> StepResult:
    if isinstance(outcome, effects.Pending):
        result = await (await ctx.platform()).poll_merge(outcome.handle)
        if not isinstance(result, Merged):
            outcome = merge_outcome(result, outcome.handle.number)
        else:
            return await _merged(ctx, result.sha)
    match outcome:
        case effects.Done() if outcome.sha is not None:
            return await _merged(ctx, outcome.sha)
        case effects.Pending():
            return Wait(wait_for=WaitFor.MERGE, reason="the forge is merging", poll_s=2.0, timeout_s=600.0)
        case effects.Declined() if outcome.transient:
            return Retry(reason=f"the forge cannot merge yet: {outcome.reason}")
        case effects.Declined():
            await ctx.record(GateVoided(reason=outcome.reason))
            hint = "look at the pull request; `tamma resume` checks it again"
            return Escalate(reason=f"the forge refused to merge: {outcome.reason}", hint=hint)
        case _:
            return Retry(reason="the forge merged, but does not say as what commit yet")


async def _merged(ctx: StepContext, sha: Sha) -> StepResult:
    """Compare what was merged with what was checked; what nobody can explain is for a person."""
    gate = ctx.state.gate
    if gate is None:
        raise Defect("nothing passed the gate")
    workspace = await ctx.workspace()
    base, method = selected(ctx.state).base, ctx.state.settings.merge_method
    if not await workspace.contains(await workspace.fetch(base), sha):
        return Retry(reason=f"merge {sha[:12]} is not on the base branch yet")
    landed = await compare(workspace, sha, Checked(head=gate.head_sha, base=gate.base_sha, method=method))
    if isinstance(landed, Unexplained):
        return await _unexplained(ctx, sha, landed.reason)
    if landed.onto != gate.base_sha:
        await ctx.say(f"`{base}` had moved to {landed.onto[:12]} before the merge, which is all", level="warning")
    await ctx.say(f"merged as {landed.sha[:12]}")
    return Done((ChangeMerged(sha=landed.sha, onto=landed.onto),))


async def _unexplained(ctx: StepContext, sha: Sha, why: str) -> StepResult:
    """Stop for a person, and go on only once that very reason was read and the task resumed."""
    reason = f"merged as {sha[:12]}, which is not what was checked: {why}"
    if ctx.accepted(StepName.MERGE, reason):
        await ctx.say(f"a person accepted it: {reason}", level="warning")
        return Done((ChangeMerged(sha=sha),))
    return Escalate(
        reason=reason,
        hint="look at what was merged, and revert it by hand if it is wrong; `tamma resume` accepts it and goes on",
    )
