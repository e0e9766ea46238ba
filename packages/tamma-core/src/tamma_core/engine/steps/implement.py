"""Let the agent change the files, take the difference, and make a commit of it."""

from tamma_core.agent.prompts import IMPLEMENT, SYSTEM, resolving
from tamma_core.agent.text import quote_exact
from tamma_core.domain.agent import AgentFinished, AgentRole, Brief, FinishReason
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import AttemptStarted, CandidateRejected
from tamma_core.domain.ids import Sha
from tamma_core.domain.plan import Paragraph
from tamma_core.domain.record import Record
from tamma_core.domain.task import StepName
from tamma_core.engine.agent_run import read_result, run_agent, transcript
from tamma_core.engine.attempt import begins_at, lay_out, next_attempt, parents_of, unresolved
from tamma_core.engine.judging import judge
from tamma_core.engine.published import AUTHOR, EMAIL
from tamma_core.engine.rejection import reject
from tamma_core.engine.request import instructions, quoted_request
from tamma_core.engine.reviewing import ReviewedChange, answered, asked, quoted_items
from tamma_core.engine.step import Escalate, StepContext, StepResult
from tamma_core.engine.texts import commit_message
from tamma_core.workspace.workspace import Workspace


class ChangeSummary(Record, frozen=True):
    """What the implementing agent hands in: the text of commit and pull request."""

    summary: Paragraph


async def run(ctx: StepContext) -> StepResult:
    """Begin or go on with an attempt; its end is a commit, judged by the guard before anybody else sees it."""
    workspace = await ctx.workspace()
    attempt = await _attempt(ctx, workspace)
    finished = await run_agent(
        ctx, StepName.IMPLEMENT, await _brief(ctx, attempt), await ctx.tree(), attempt=attempt.number
    )
    sha = await commit(ctx, workspace, attempt, _message(ctx, finished))
    summary: ChangeSummary | ReviewedChange | Escalate
    summary = read_result(ReviewedChange, finished) if asked(ctx.state) else read_result(ChangeSummary, finished)
    if isinstance(summary, Escalate):
        kept = f"; the work so far is kept as commit {sha[:12]}" if sha else ""
        return Escalate(reason=summary.reason + kept, hint=summary.hint)
    if sha is None:
        return await ctx.refuse(
            StepName.IMPLEMENT,
            reason=f"the agent changed nothing and says: {summary.summary[:500]}",
            hint="say more in the issue, then `tamma resume`, or `tamma tasks cancel`",
        )
    left = await unresolved(workspace, sha, attempt.conflicts)
    if left:
        reason, paths = "marks of a conflict were left in the files", "\n".join(left)
        rejected = CandidateRejected(sha=sha, by=StepName.IMPLEMENT, reason=reason, evidence=paths, keep=False)
        return await reject(ctx, rejected)
    answers = answered(ctx.state, summary) if isinstance(summary, ReviewedChange) else ()
    return await judge(ctx, sha, attempt, summary.summary, answers)


async def _attempt(ctx: StepContext, workspace: Workspace) -> AttemptStarted:
    """Go on with the present attempt where its tree is still there, else begin one."""
    attempt, policy = ctx.state.attempt, ctx.state.settings.base_update
    if attempt is not None:
        if not await transcript(ctx, StepName.IMPLEMENT, attempt.number):
            await lay_out(workspace, attempt, policy)
            return attempt
        if await workspace.checked_out() == begins_at(attempt, policy):
            return attempt
        await ctx.say("the tree of the last attempt is gone; beginning another", level="warning")
    attempt = next_attempt(ctx.state, ctx.now)
    await ctx.record(attempt)
    await ctx.say(f"attempt {attempt.number} of {ctx.state.settings.limits.attempts}")
    await lay_out(workspace, attempt, policy)
    return attempt


async def commit(ctx: StepContext, workspace: Workspace, attempt: AttemptStarted, message: str) -> Sha | None:
    """Take the difference to what the attempt began with; the same files always give the same commit."""
    return await workspace.commit(
        parents=parents_of(attempt, ctx.state.settings.base_update),
        message=message,
        authored_at=attempt.authored_at,
        author=AUTHOR,
        email=EMAIL,
    )


def _message(ctx: StepContext, finished: AgentFinished) -> str:
    if finished.reason is not FinishReason.DONE or finished.result is None:
        return "WIP: work that was stopped"
    return commit_message(ctx.state, ctx.mask(str(finished.result["summary"])))


async def _brief(ctx: StepContext, attempt: AttemptStarted) -> Brief:
    plan = ctx.state.plan
    if plan is None:
        raise Defect("an attempt needs a plan")
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(plan.steps, start=1))
    parts = (
        IMPLEMENT,
        resolving(attempt.conflicts) if attempt.conflicts else "",
        (
            f"Plan, approved by a maintainer:\n{plan.summary}\n{steps}\nFiles: {', '.join(plan.files)}\n"
            f"Tests: {'; '.join(plan.tests)}\nReproduction: {plan.reproduction}"
        ),
        quoted_request(ctx.state),
        quoted_items(ctx.state),
        "An earlier attempt failed:\n" + quote_exact("log", ctx.mask(attempt.note), limit=8000) if attempt.note else "",
        await instructions(ctx, ctx.state.base_sha),
    )
    return Brief(
        role=AgentRole.IMPLEMENT,
        system=SYSTEM,
        task="\n\n".join(part for part in parts if part),
        result=ReviewedChange if asked(ctx.state) else ChangeSummary,
        writable=True,
        reminder=f"Reminder of the plan:\n{steps}",
    )
