"""Let the agent change the files, take the difference, and make a commit of it."""

from dataclasses import dataclass
from datetime import datetime

from tamma_core.agent.prompts import IMPLEMENT, SYSTEM
from tamma_core.agent.text import quote_exact
from tamma_core.domain.agent import AgentFinished, AgentRole, Brief, FinishReason
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import AttemptStarted, CandidateMade
from tamma_core.domain.guard import Verdict
from tamma_core.domain.ids import Sha
from tamma_core.domain.plan import Paragraph
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName
from tamma_core.engine.agent_run import read_result, run_agent, transcript
from tamma_core.engine.published import AUTHOR, EMAIL, commit_text
from tamma_core.engine.request import TITLE_LIMIT, instructions, quoted_request, title_of
from tamma_core.engine.step import Done, Escalate, StepContext, StepResult
from tamma_core.engine.texts import closing, guard_reasons
from tamma_core.guards.diff_guard import inspect
from tamma_core.guards.protected_paths import is_ci_path
from tamma_core.workspace.workspace import Workspace

MOST_CI_FILES = 100
CI_FILE_LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """What the implementing agent hands in: the text of commit and pull request."""

    summary: Paragraph


async def run(ctx: StepContext) -> StepResult:
    """Begin or go on with an attempt; its end is a commit, judged by the guard before anybody else sees it."""
    workspace = await ctx.workspace()
    attempt = await _attempt(ctx, workspace)
    finished = await run_agent(
        ctx, StepName.IMPLEMENT, await _brief(ctx, attempt), await ctx.tree(), attempt=attempt.number
    )
    sha = await commit(workspace, attempt, _message(ctx, finished))
    summary = read_result(ChangeSummary, finished)
    if isinstance(summary, Escalate):
        kept = f"; the work so far is kept as commit {sha[:12]}" if sha else ""
        return Escalate(reason=summary.reason + kept, hint=summary.hint)
    if sha is None:
        return await ctx.refuse(
            StepName.IMPLEMENT,
            reason=f"the agent changed nothing and says: {summary.summary[:500]}",
            hint="say more in the issue, then `tamma resume`, or `tamma tasks cancel`",
        )
    return await judge(ctx, workspace, sha, attempt, summary.summary)


async def _attempt(ctx: StepContext, workspace: Workspace) -> AttemptStarted:
    """Go on with the present attempt where its tree is still there, else begin one."""
    attempt = ctx.state.attempt
    if attempt is not None:
        start = attempt.keep or attempt.base_sha
        if await workspace.checked_out() == start:
            return attempt
        if not await transcript(ctx, StepName.IMPLEMENT, attempt.number):
            await workspace.checkout(start)
            return attempt
        await ctx.say("the tree of the last attempt is gone; beginning another", level="warning")
    attempt = next_attempt(ctx.state, ctx.now)
    await ctx.record(attempt)
    await ctx.say(f"attempt {attempt.number} of {ctx.state.settings.limits.attempts}")
    await workspace.checkout(attempt.keep or attempt.base_sha)
    return attempt


def next_attempt(state: TaskState, now: datetime) -> AttemptStarted:
    """Begin at the base with a note of what failed, or on the rejected candidate where that is worth keeping."""
    rejected = state.rejected_candidate
    return AttemptStarted(
        number=state.attempts + 1,
        base_sha=state.base_sha,
        authored_at=now.replace(microsecond=0),
        note=state.refused or ("" if rejected is None else f"{rejected.reason}\n{rejected.evidence}".strip()),
        keep=rejected.sha if rejected is not None and rejected.keep else None,
    )


async def commit(workspace: Workspace, attempt: AttemptStarted, message: str) -> Sha | None:
    """Take the difference to what the attempt began with; the same files always give the same commit."""
    return await workspace.commit(
        parents=[attempt.keep or attempt.base_sha],
        message=message,
        authored_at=attempt.authored_at,
        author=AUTHOR,
        email=EMAIL,
    )


async def judge(
    ctx: StepContext, workspace: Workspace, sha: Sha, attempt: AttemptStarted, summary: str
) -> Done | Escalate:
    """Have the guard look at the whole change; what it refuses goes nowhere."""
    base = ctx.state.base_sha
    report = await inspect(await workspace.changes(base, sha), ctx.guard(), await _ci_text(workspace, base))
    if report.verdict is Verdict.REFUSE:
        return await ctx.refuse(
            StepName.IMPLEMENT,
            reason="the guard refuses the change: " + "; ".join(guard_reasons(report)),
            hint="`tamma tasks show` tells more; `tamma resume` tries again, `tamma tasks cancel` gives up",
        )
    if report.diff_hash in ctx.state.rejected_diffs:
        return await ctx.refuse(
            StepName.IMPLEMENT,
            reason=f"the change is the rejected one to the letter: {report.diff_hash}",
            hint="say in the issue what is wanted instead, then `tamma resume`, or `tamma tasks cancel`",
        )
    await ctx.say(f"commit {sha[:12]}: guard says {report.verdict.value}")
    return Done((CandidateMade(sha=sha, attempt=attempt.number, guard=report, summary=summary),))


async def _ci_text(workspace: Workspace, base: Sha) -> str:
    """Read how the base configures continuous integration, which tells the scripts that it runs."""
    paths = [path for path in await workspace.list_files(base) if is_ci_path(path)]
    texts = [await workspace.read_file(base, path, CI_FILE_LIMIT) for path in paths[:MOST_CI_FILES]]
    return "\n".join(text.decode(errors="replace") for text in texts if text)


def _message(ctx: StepContext, finished: AgentFinished) -> str:
    if finished.reason is not FinishReason.DONE or finished.result is None:
        return "WIP: work that was stopped"
    title = commit_text(ctx.mask(title_of(ctx.state)), TITLE_LIMIT)
    summary = commit_text(ctx.mask(str(finished.result["summary"])), 2000)
    return "\n\n".join(part for part in (title, summary, closing(ctx.state)) if part)


async def _brief(ctx: StepContext, attempt: AttemptStarted) -> Brief:
    plan = ctx.state.plan
    if plan is None:
        raise Defect("an attempt needs a plan")
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(plan.steps, start=1))
    parts = (
        IMPLEMENT,
        (
            f"Plan, approved by a maintainer:\n{plan.summary}\n{steps}\nFiles: {', '.join(plan.files)}\n"
            f"Tests: {'; '.join(plan.tests)}\nReproduction: {plan.reproduction}"
        ),
        quoted_request(ctx.state),
        "An earlier attempt failed:\n" + quote_exact("log", ctx.mask(attempt.note), limit=8000) if attempt.note else "",
        await instructions(ctx, ctx.state.base_sha),
    )
    return Brief(
        role=AgentRole.IMPLEMENT,
        system=SYSTEM,
        task="\n\n".join(part for part in parts if part),
        result=ChangeSummary,
        writable=True,
        reminder=f"Reminder of the plan:\n{steps}",
    )
