"""Push the candidate and show it as a pull request, once the guard or a person lets it."""

from functools import partial

from tamma_core.domain import effects
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import CandidateMade, PullRequestOpened, WaitFor
from tamma_core.domain.guard import Verdict
from tamma_core.domain.ids import EffectKey, Sha
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName
from tamma_core.engine.diff_approval import ask_about_diff
from tamma_core.engine.heads import heads_pushed, may_land_late
from tamma_core.engine.published import title_text
from tamma_core.engine.request import TITLE_LIMIT, closed_issue, selected, title_of
from tamma_core.engine.reviewing import answer_threads
from tamma_core.engine.step import Done, Escalate, Retry, StepContext, StepResult, Wait
from tamma_core.engine.texts import pull_request_body

_KEY = EffectKey("pull-request")
_SHOWN = 10


async def run(ctx: StepContext) -> StepResult:
    """Ask where a person has to be asked, and propose the change once there is room for it."""
    candidate, task = ctx.state.candidate, ctx.state.task
    if candidate is None:
        raise Defect("there is no candidate to propose")
    closed = await closed_issue(ctx)
    if closed is not None:
        return closed
    if candidate.guard.verdict is not Verdict.PASS and not ctx.state.approves_diff(candidate.guard.diff_hash):
        return await ask_about_diff(ctx, StepName.PULL_REQUEST)
    waits = partial(ctx.say, "waits for a worker that is opening a pull request in this repository")
    async with ctx.ports.workspaces.opening(str(task.repository), waits):
        return await _no_room(ctx) or await _propose(ctx, candidate)


async def _no_room(ctx: StepContext) -> Wait | None:
    """Wait while as many pull requests of ours are open as the rules allow, counted on the forge now."""
    most, begun = ctx.state.settings.rules.open_pull_requests, _KEY in ctx.state.effects
    if most is None or begun or ctx.state.pull_request is not None:
        return None
    platform = await ctx.platform()
    ours = (await platform.current_user()).casefold()
    shown = [
        one.number
        for one in await platform.list_open_pull_requests(ctx.state.task.repository)
        if one.author.casefold() == ours and one.head != ctx.state.branch
    ]
    if len(shown) < most:
        return None
    names = ", ".join(f"#{number}" for number in sorted(shown)[:_SHOWN])
    return Wait(
        wait_for=WaitFor.ROOM,
        reason=f"{len(shown)} pull requests of ours are open, of {most} that the rules allow: {names}",
        poll_s=ctx.state.settings.poll_s,
        timeout_s=ctx.state.settings.approval_timeout_s,
    )


def _expected(state: TaskState, sha: Sha, present: Sha | None) -> Sha | None:
    """Answer from where our push moves the branch: from our last head, or from one of ours that landed late."""
    if present is None or (present != sha and may_land_late(state, present)):
        return present
    return next(reversed(heads_pushed(state)), None)


async def _changed(ctx: StepContext, declined: effects.Declined, expected: Sha | None) -> StepResult:
    """Leave a branch to whoever moved it, unless that was a push of ours that landed between look and push."""
    present = await (await ctx.workspace()).remote_branch(ctx.state.branch)
    if present is not None and present != expected and may_land_late(ctx.state, present):
        return Retry(reason=f"our own push of {present[:12]} landed late")
    return Escalate(
        reason=f"branch `{ctx.state.branch}` was changed by somebody else: {declined.reason}",
        hint="take over the branch, or delete it and `tamma resume`",
    )


async def _propose(ctx: StepContext, candidate: CandidateMade) -> StepResult:
    """Push, then find or open the pull request."""
    task = ctx.state.task
    present = await (await ctx.workspace()).remote_branch(ctx.state.branch)
    expected = _expected(ctx.state, candidate.sha, present)
    push = effects.PushBranch(
        key=EffectKey(f"push:{candidate.sha}:{expected or 'new'}:{ctx.state.resumes}"),
        repository=task.repository,
        branch=ctx.state.branch,
        sha=candidate.sha,
        expected=expected,
    )
    pushed = await ctx.perform(push)
    if isinstance(pushed, effects.Declined):
        return await _changed(ctx, pushed, expected)
    opened = await ctx.perform(
        effects.OpenPullRequest(
            key=_KEY,
            repository=task.repository,
            head=ctx.state.branch,
            base=selected(ctx.state).base,
            title=title_text(title_of(ctx.state), TITLE_LIMIT),
            body=pull_request_body(ctx.state),
        )
    )
    if not isinstance(opened, effects.Done) or opened.number is None:
        return Retry(reason="the pull request could not be opened", hint="the forge declined it")
    await answer_threads(ctx, candidate.sha, opened.number)
    await ctx.say(f"pull request #{opened.number} at {candidate.sha[:12]} {opened.url}")
    return Done((PullRequestOpened(number=opened.number, url=opened.url, head_sha=candidate.sha),))
