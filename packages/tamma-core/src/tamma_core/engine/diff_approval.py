"""Have a person look at the difference, and act on what that person says."""

import hashlib
from collections.abc import Sequence

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import ApprovalSubject, Approved, CandidateMade, CandidateRejected, DiffAsked
from tamma_core.domain.standing import Standing
from tamma_core.domain.task import StepName
from tamma_core.engine.approval import Question, ask, hear, take_up
from tamma_core.engine.rejection import reject
from tamma_core.engine.step import Escalate, StepContext, StepResult
from tamma_core.engine.texts import diff_comment


async def ask_about_diff(ctx: StepContext, step: StepName, *more: str) -> StepResult:
    """Ask, for more reasons than the doubts too, or take up a rejection: with a reason it costs an attempt, without one it needs a word."""
    # One word answers all that is known to want one, so all of it is shown.
    texts = [doubt.text for doubt in ctx.state.doubts]
    return await rejected_diff(ctx, step) or await _ask(ctx, [*texts, *more])


async def rejected_diff(ctx: StepContext, step: StepName) -> StepResult | None:
    """Answer what follows when a person's last word about the difference is no, also after a yes."""
    found = await said_of_diff(ctx)
    if found.rejection is None:
        return None
    rejected = await take_up(ctx, found)
    if rejected is None:
        return await _ask(ctx, [f"{found.rejection.by} rejected it"])
    if rejected.reason:
        reason = f"{rejected.by} rejected the difference"
        sha = _candidate(ctx).sha
        return await reject(ctx, CandidateRejected(sha=sha, by=step, reason=reason, evidence=rejected.reason))
    return Escalate(
        reason=f"the difference was rejected by {rejected.by}, who gave no reason",
        hint=f"approve it, or say why: `/tamma reject {rejected.hash} reason`; then `tamma resume`",
    )


async def said_of_diff(ctx: StepContext) -> Standing:
    """Answer what stands of all that people said about the present difference."""
    return await hear(ctx, ApprovalSubject.DIFF, _candidate(ctx).guard.diff_hash)


async def _ask(ctx: StepContext, reasons: Sequence[str]) -> StepResult:
    name = await _named(ctx)
    question = Question(
        subject=ApprovalSubject.DIFF,
        hash=name,
        comment=diff_comment(ctx.state, reasons, name=name),
        reason=f"difference {name} waits for approval: {'; '.join(reasons)}",
    )
    return await ask(ctx, question)


async def _named(ctx: StepContext) -> str:
    """Answer the name of a question that tells of all present doubts: the difference's own for the first, another for more.

    So an approval names what it was given for, and one of before is none for what came up since.
    """
    if ctx.state.diff_question:
        return ctx.state.diff_question
    subject, found = _candidate(ctx).guard.diff_hash, tuple(doubt.name for doubt in ctx.state.doubts)
    said = (word.said for word in ctx.state.words_about(subject))
    used = any(asked.diff_hash == subject for asked in ctx.state.questions) or any(
        isinstance(one, Approved) for one in said
    )
    name = hashlib.sha256("\0".join((subject, *sorted(found))).encode()).hexdigest()[:32] if used else subject
    await ctx.record(DiffAsked(hash=name, diff_hash=subject, doubts=found))
    return name


def _candidate(ctx: StepContext) -> CandidateMade:
    if ctx.state.candidate is None:
        raise Defect("there is no candidate to ask about")
    return ctx.state.candidate
