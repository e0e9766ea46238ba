"""Find out what is asked for and where it lives, with read-only tools."""

from tamma_core.agent.prompts import ANALYSE, SYSTEM
from tamma_core.domain.agent import AgentRole, Brief
from tamma_core.domain.events import IssueAnalysed
from tamma_core.domain.plan import Analysis
from tamma_core.domain.task import StepName
from tamma_core.engine.agent_run import read_result, run_agent
from tamma_core.engine.request import instructions, quoted_request, selected
from tamma_core.engine.step import Done, Escalate, StepContext, StepResult


async def run(ctx: StepContext) -> StepResult:
    """Have the repository explored; files that do not exist are not believed."""
    base = selected(ctx.state).base_sha
    workspace = await ctx.workspace()
    if await workspace.checked_out() != base:
        await workspace.checkout(base)
    brief = Brief(
        role=AgentRole.ANALYSE,
        system=SYSTEM,
        task="\n\n".join(part for part in (ANALYSE, quoted_request(ctx.state), await instructions(ctx, base)) if part),
        result=Analysis,
        writable=False,
    )
    finished = await run_agent(ctx, StepName.ANALYSE, brief, await ctx.tree(), attempt=ctx.state.selections)
    analysis = read_result(Analysis, finished)
    if isinstance(analysis, Escalate):
        return analysis
    known = set(await workspace.list_files(base))
    unknown = [path for path in analysis.files if path.removeprefix("./") not in known]
    if unknown:
        return await ctx.refuse(
            StepName.ANALYSE,
            reason=f"the analysis names files that do not exist: {', '.join(unknown[:5])}",
            hint="`tamma resume` analyses again; a more capable model may help",
        )
    if analysis.questions:
        return await ctx.refuse(
            StepName.ANALYSE,
            reason="the issue leaves questions open: " + " / ".join(analysis.questions),
            hint="answer them in the issue's text, then `tamma resume`",
            reselect=True,
        )
    await ctx.say(f"analysis: {analysis.complexity} complexity; {', '.join(analysis.files[:5])}")
    return Done((IssueAnalysed(analysis=analysis),))
