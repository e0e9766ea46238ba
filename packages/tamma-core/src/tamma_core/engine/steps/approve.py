"""Have the plan approved by a person, bound to what that person was shown."""

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import (
    ApprovalSubject,
    Approved,
    IssueSelected,
    PlanMade,
    PlanVoided,
    Rejected,
    TaskCompleted,
)
from tamma_core.domain.plan import HASH_DIGITS, Plan, plan_hash
from tamma_core.engine.approval import Question, ask, hear, take_up
from tamma_core.engine.request import closed_issue, read_issue, selected, text_of
from tamma_core.engine.step import Done, Escalate, StepContext, StepResult
from tamma_core.engine.texts import plan_comment


async def run(ctx: StepContext) -> StepResult:
    """Approve by flag, or ask; a changed issue makes the plan void."""
    plan, settings, chosen = ctx.state.plan, ctx.state.settings, selected(ctx.state)
    if plan is None:
        raise Defect("there is no plan to approve")
    if settings.dry_run:
        return Done((TaskCompleted(summary=f"dry run: plan {ctx.state.plan_hash} made, nothing changed"),))
    closed = await closed_issue(ctx)
    if closed is not None:
        return closed
    rejected = await take_up(ctx, await hear(ctx, ApprovalSubject.PLAN, ctx.state.plan_hash))
    if rejected is not None:
        return _replan(rejected)
    if len(ctx.state.plan_hash) < HASH_DIGITS:
        return _renamed(ctx, plan)
    changed = await _changed_issue(ctx)
    if changed is not None:
        await ctx.say("the issue was changed after the plan was made; planning again", level="warning")
        return Done((changed,))
    if settings.approve_plan_automatically:
        by = ctx.state.task.requested_by or "operator"
        return Done((Approved(subject=ApprovalSubject.PLAN, hash=ctx.state.plan_hash, by=by, via="flag"),))
    question = Question(
        subject=ApprovalSubject.PLAN,
        hash=ctx.state.plan_hash,
        comment=plan_comment(plan, name=ctx.state.plan_hash, version=ctx.state.plan_version, base=chosen.base_sha),
        reason=f"plan {ctx.state.plan_hash} waits for approval",
    )
    return await ask(ctx, question)


def _replan(rejected: Rejected) -> Done | Escalate:
    """A rejection with a reason asks for another plan; one without asks for a word with a person."""
    if rejected.reason:
        return Done((PlanVoided(reason=f"{rejected.by}: {rejected.reason}"),))
    return Escalate(
        reason=f"the plan was rejected by {rejected.by}, who gave no reason",
        hint=f"approve it, or say why: `/tamma reject {rejected.hash} reason`; then `tamma resume`",
    )


def _renamed(ctx: StepContext, plan: Plan) -> Done:
    """Ask anew, by its whole hash, about a plan that an older Tamma named by a part of it."""
    chosen = selected(ctx.state)
    name = plan_hash(plan, issue_text=text_of(chosen.issue, ctx.state.task.text), base=chosen.base_sha)
    return Done((PlanMade(plan=plan, hash=name, version=ctx.state.plan_version + 1),))


async def _changed_issue(ctx: StepContext) -> IssueSelected | None:
    """Answer a new selection when the issue no longer says what the plan was made for."""
    chosen, plan = selected(ctx.state), ctx.state.plan
    if chosen.issue is None or plan is None:
        return None
    issue = await read_issue(ctx)
    name = plan_hash(plan, issue_text=text_of(issue, ctx.state.task.text), base=chosen.base_sha)
    if name == ctx.state.plan_hash:
        return None
    return IssueSelected(issue=issue, base=chosen.base, base_sha=chosen.base_sha)
