"""Make the plan that a person will be asked to approve."""

from tamma_core.agent.prompts import PLAN, SYSTEM
from tamma_core.agent.text import quote, quote_exact
from tamma_core.domain.agent import AgentRole, Brief
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import PlanMade, Rejected
from tamma_core.domain.plan import Plan, plan_hash
from tamma_core.domain.task import StepName
from tamma_core.engine.agent_run import read_result, run_agent
from tamma_core.engine.request import instructions, quoted_request, selected, text_of
from tamma_core.engine.step import Done, Escalate, StepContext, StepResult


async def run(ctx: StepContext) -> StepResult:
    """Have a plan made with read-only tools, and bind its hash to issue text and base."""
    chosen, analysis = selected(ctx.state), ctx.state.analysis
    if analysis is None:
        raise Defect("a plan needs an analysis")
    workspace = await ctx.workspace()
    if await workspace.checked_out() != chosen.base_sha:
        await workspace.checkout(chosen.base_sha)
    found = quote_exact("analysis", f"{analysis.summary}\nFiles: {', '.join(analysis.files)}", limit=20_000)
    feedback = ctx.state.plan_feedback
    parts = (
        PLAN,
        quoted_request(ctx.state),
        f"What the analysis found:\n{found}",
        "A maintainer rejected the last plan:\n" + quote("comment", feedback) if feedback else "",
        await instructions(ctx, chosen.base_sha),
    )
    brief = Brief(
        role=AgentRole.PLAN,
        system=SYSTEM,
        task="\n\n".join(part for part in parts if part),
        result=Plan,
        writable=False,
    )
    version = ctx.state.plan_version + 1
    finished = await run_agent(ctx, StepName.PLAN, brief, await ctx.tree(), attempt=version)
    plan = read_result(Plan, finished)
    if isinstance(plan, Escalate):
        return plan
    if not plan.steps:
        return await ctx.refuse(StepName.PLAN, "the plan has no steps", "`tamma resume` plans again")
    name = plan_hash(plan, issue_text=text_of(chosen.issue, ctx.state.task.text), base=chosen.base_sha)
    if await _was_rejected(ctx, name):
        return await ctx.refuse(
            StepName.PLAN,
            reason=f"the new plan {name} is the rejected one to the letter",
            hint="say in the issue what shall be different, then `tamma resume`, or `tamma tasks cancel`",
        )
    await ctx.say(f"plan {name}: {plan.summary[:200]}")
    return Done((PlanMade(plan=plan, hash=name, version=version),))


async def _was_rejected(ctx: StepContext, name: str) -> bool:
    """Tell whether a person rejected just this plan; its rejection would be found again, and void it again, for ever."""
    recorded = await ctx.ports.journal.read(ctx.state.task.id, types=frozenset({"rejected"}))
    return any(isinstance(item.event, Rejected) and item.event.hash == name for item in recorded)
