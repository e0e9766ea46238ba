"""Have a person look at the difference, and act on what that person says."""

from collections.abc import Sequence

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import ApprovalSubject
from tamma_core.domain.task import StepName
from tamma_core.engine.approval import Question, ask
from tamma_core.engine.rejection import reject
from tamma_core.engine.step import Escalate, StepContext, StepResult
from tamma_core.engine.texts import diff_comment


async def ask_about_diff(ctx: StepContext, step: StepName, reasons: Sequence[str]) -> StepResult:
    """Ask, or take up a rejection: with a reason it costs an attempt, without one it needs a word."""
    candidate, rejected = ctx.state.candidate, ctx.state.rejection
    if candidate is None:
        raise Defect("there is no candidate to ask about")
    name = candidate.guard.diff_hash
    if rejected is not None and rejected.hash == name:
        if rejected.reason:
            return await reject(ctx, step, f"{rejected.by} rejected the difference", rejected.reason, keep=True)
        return Escalate(
            reason=f"the difference was rejected by {rejected.by}, who gave no reason",
            hint=f"approve it, or say why: `/tamma reject {name} reason`; then `tamma resume`",
        )
    question = Question(
        subject=ApprovalSubject.DIFF,
        hash=name,
        comment=diff_comment(ctx.state, reasons, name=name),
        reason=f"difference {name} waits for approval: {'; '.join(reasons)}",
    )
    return await ask(ctx, question)
