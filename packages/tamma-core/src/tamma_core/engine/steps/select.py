"""Read the issue as it is now, and the commit that work begins at."""

from tamma_core.domain.events import IssueSelected
from tamma_core.domain.repository import IssueState
from tamma_core.engine.request import read_issue
from tamma_core.engine.step import Done, Escalate, Fail, StepContext, StepResult


async def run(ctx: StepContext) -> StepResult:
    """Snapshot issue and base."""
    task = ctx.state.task
    platform = await ctx.platform()
    repository = await platform.get_repository(task.repository)
    if repository.archived or not repository.can_push:
        reason = "is archived" if repository.archived else "cannot be written to by our account"
        return Fail(reason=f"repository {task.repository} {reason}", hint="give the bot write access, or unarchive it")
    if repository.empty:
        return Fail(reason=f"repository {task.repository} has no commit", hint="push a first commit")
    issue = await read_issue(ctx)
    if issue is not None:
        if issue.state is IssueState.CLOSED:
            return Fail(reason=f"issue {task.issue} is closed", hint="reopen it if there is something left to do")
        if not issue.title.strip() and not issue.body.strip():
            return Escalate(
                reason=f"issue {task.issue} says nothing", hint="describe what is wanted, then `tamma resume`"
            )
    elif not task.text.strip():
        return Fail(reason="the task says nothing", hint="describe what is wanted with `--task`")
    base = task.base or repository.default_branch
    base_sha = await (await ctx.workspace()).fetch(base)
    title = issue.title if issue is not None else task.text.strip().splitlines()[0]
    await ctx.say(f"working on: {title[:100]} (base `{base}` at {base_sha[:10]})")
    return Done((IssueSelected(issue=issue, base=base, base_sha=base_sha),))
