"""Propose to take a merged change back; to merge the proposal is for people."""

from tamma_core.domain import effects
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import BaseTurnedRed, ChangeMerged, TaskCompleted
from tamma_core.domain.ids import EffectKey, Sha
from tamma_core.domain.task import StepName
from tamma_core.engine.published import AUTHOR, EMAIL, commit_text
from tamma_core.engine.request import TITLE_LIMIT, selected, title_of
from tamma_core.engine.step import Done, Escalate, StepContext, StepResult
from tamma_core.engine.texts import red_base, revert_body
from tamma_core.ports.git_platform import ReopensIssues
from tamma_core.workspace.committing import Conflicts, Signature


async def propose_revert(ctx: StepContext) -> StepResult:
    """Push a revert, show it as a pull request, and have a person decide; a resume says that one has."""
    merged, red = ctx.state.merged, ctx.state.red
    if merged is None or merged.onto is None or red is None:
        raise Defect("there is nothing to take back")
    commit = await _commit(ctx, merged, merged.onto, red)
    if commit is None:
        return Done((TaskCompleted(summary=f"merged as {merged.sha}; its change was taken out of the base again"),))
    proposal = await _show(ctx, merged, red, commit)
    await _reopen(ctx)
    reason = f"{red_base(selected(ctx.state).base, merged.sha, red.checks)}; {proposal}"
    if ctx.accepted(StepName.CLOSE, reason):
        return Done((TaskCompleted(summary=f"merged as {merged.sha}; {proposal}"),))
    hint = "merge the revert, or repair the base and close it; `tamma resume` then ends the task"
    return Escalate(reason=reason, hint=hint)


async def _commit(ctx: StepContext, merged: ChangeMerged, onto: Sha, red: BaseTurnedRed) -> Sha | Conflicts | None:
    workspace = await ctx.workspace()
    await workspace.fetch(selected(ctx.state).base)
    title = commit_text(f'Revert "{title_of(ctx.state)}"', TITLE_LIMIT)
    why = red_base(selected(ctx.state).base, merged.sha, red.checks)
    signature = Signature(
        message=f"{title}\n\n{commit_text(ctx.mask(f'This takes back {merged.sha}: {why}.'), 2000)}",
        authored_at=red.found_at,
        author=AUTHOR,
        email=EMAIL,
    )
    return await workspace.revert(merged.sha, onto, red.tip, signature)


async def _show(ctx: StepContext, merged: ChangeMerged, red: BaseTurnedRed, commit: Sha | Conflicts) -> str:
    """Answer in words what people find on the forge."""
    if isinstance(commit, Conflicts):
        return f"a revert conflicts with later changes in {', '.join(commit.paths[:5])}, so it needs a hand"
    repository = ctx.state.task.repository
    branch = f"{ctx.state.settings.branch_prefix}revert-{merged.sha[:12]}"
    pushed = await ctx.perform(
        effects.PushBranch(
            key=EffectKey(f"revert-push:{commit}"), repository=repository, branch=branch, sha=commit, expected=None
        )
    )
    if isinstance(pushed, effects.Declined):
        return f"branch `{branch}` could not be pushed: {pushed.reason}"
    opened = await ctx.perform(
        effects.OpenPullRequest(
            key=EffectKey(f"revert-pull-request:{merged.sha}"),
            repository=repository,
            head=branch,
            base=selected(ctx.state).base,
            title=commit_text(f'Revert "{title_of(ctx.state)}"', TITLE_LIMIT),
            body=revert_body(ctx.state, merged, red),
        )
    )
    if not isinstance(opened, effects.Done) or opened.number is None:
        return f"branch `{branch}` reverts it"
    return f"pull request #{opened.number} reverts it"


async def _reopen(ctx: StepContext) -> None:
    """Open the issue again where its tracker can: what it asks for is not done."""
    issue = ctx.state.task.issue
    if issue is not None and isinstance(await ctx.issue_source(), ReopensIssues):
        await ctx.perform(effects.ReopenIssue(key=EffectKey(f"reopen:{ctx.state.task.id}"), issue=issue))
