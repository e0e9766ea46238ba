"""Have a person look at the difference, and act on what that person says."""

from collections.abc import Sequence

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import ApprovalSubject, CandidateRejected, Rejected
from tamma_core.domain.task import StepName
from tamma_core.engine.approval import Question, ask, last_word
from tamma_core.engine.rejection import reject
from tamma_core.engine.step import Escalate, StepContext, StepResult
from tamma_core.engine.texts import diff_comment


async def ask_about_diff(ctx: StepContext, step: StepName, reasons: Sequence[str]) -> StepResult:
    """Ask, or take up a rejection: with a reason it costs an attempt, without one it needs a word."""
    candidate = ctx.state.candidate
    if candidate is None:
        raise Defect("there is no candidate to ask about")
    name = candidate.guard.diff_hash
    turned_down = await rejected_diff(ctx, step)
    if turned_down is not None:
        return turned_down
    question = Question(
        subject=ApprovalSubject.DIFF,
        hash=name,
        comment=diff_comment(ctx.state, reasons, name=name),
        reason=f"difference {name} waits for approval: {'; '.join(reasons)}",
    )
    return await ask(ctx, question)


async def rejected_diff(ctx: StepContext, step: StepName) -> StepResult | None:
    """Answer what follows when a person's last word about the difference is no, also after a yes."""
    candidate, rejected = ctx.state.candidate, await turned_down(ctx)
    if candidate is None or rejected is None:
        return None
    if rejected != ctx.state.rejection:
        await ctx.record(rejected)
    if rejected.reason:
        reason = f"{rejected.by} rejected the difference"
        return await reject(ctx, CandidateRejected(sha=candidate.sha, by=step, reason=reason, evidence=rejected.reason))
    return Escalate(
        reason=f"the difference was rejected by {rejected.by}, who gave no reason",
        hint=f"approve it, or say why: `/tamma reject {rejected.hash} reason`; then `tamma resume`",
    )


async def turned_down(ctx: StepContext) -> Rejected | None:
    """Answer the rejection of the present difference: given here, or the last word about it in the issue."""
    candidate, rejected = ctx.state.candidate, ctx.state.rejection
    if candidate is None:
        raise Defect("there is no candidate to ask about")
    name = candidate.guard.diff_hash
    if rejected is not None and rejected.hash == name:
        return rejected
    word = await last_word(ctx, ApprovalSubject.DIFF, name)
    return word if isinstance(word, Rejected) else None
