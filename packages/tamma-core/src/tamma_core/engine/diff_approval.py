"""Have a person look at the difference, and act on what that person says."""

from itertools import takewhile

from tamma_core.domain.doubts import tell
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import ApprovalSubject, CandidateMade, CandidateRejected, DiffAsked
from tamma_core.domain.standing import Standing
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName
from tamma_core.engine.approval import Question, ask, hear, question_key, take_up
from tamma_core.engine.rejection import reject
from tamma_core.engine.step import Escalate, StepContext, StepResult
from tamma_core.engine.texts import diff_comment


async def ask_about_diff(ctx: StepContext, step: StepName, *more: str) -> StepResult:
    """Ask, for more reasons than the doubts too, or take up a rejection: with a reason it costs an attempt, without one it needs a word."""
    return await rejected_diff(ctx, step) or await _ask(ctx, *more)


async def rejected_diff(ctx: StepContext, step: StepName) -> StepResult | None:
    """Answer what follows when a person's last word about the difference is no, also after a yes."""
    found = await said_of_diff(ctx)
    if found.rejection is None:
        return None
    rejected = await take_up(ctx, found)
    if rejected is None:
        return await _ask(ctx, f"{found.rejection.by} rejected it")
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


async def _ask(ctx: StepContext, *more: str) -> StepResult:
    """Ask by a name that tells of exactly the present doubts, so that an approval names what it was given for."""
    asked = ctx.state.diff_asked
    # One word answers all that is known to want one, so all of it is told, whatever else is asked for.
    reasons = [*tell(ctx.state.doubts, _told_before(ctx.state, asked)), *more]
    if asked not in ctx.state.questions:
        await ctx.record(asked)
    question = Question(
        subject=ApprovalSubject.DIFF,
        hash=asked.hash,
        comment=diff_comment(ctx.state, reasons, name=asked.hash),
        reason=f"difference {asked.hash} waits for approval: {'; '.join(reasons)}",
    )
    return await ask(ctx, question)


def _told_before(state: TaskState, asked: DiffAsked) -> frozenset[str]:
    """Name the doubts that earlier questions told of; where there is an issue, those that came to be written there."""
    earlier = takewhile(lambda other: other != asked, state.questions)
    shown = (other for other in earlier if state.task.issue is None or _is_written(state, other.hash))
    return frozenset(name for other in shown for name in other.doubts)


def _is_written(state: TaskState, name: str) -> bool:
    record = state.effects.get(question_key(ApprovalSubject.DIFF, name))
    return record is not None and record.outcome is not None


def _candidate(ctx: StepContext) -> CandidateMade:
    if ctx.state.candidate is None:
        raise Defect("there is no candidate to ask about")
    return ctx.state.candidate
