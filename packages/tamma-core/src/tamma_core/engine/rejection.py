"""Send a candidate back for another attempt, as often as the one counter allows."""

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import CandidateRejected
from tamma_core.domain.task import StepName
from tamma_core.engine.step import Done, Escalate, StepContext


async def reject(ctx: StepContext, by: StepName, reason: str, evidence: str, *, keep: bool) -> Done | Escalate:
    """Reject the candidate, or escalate when no attempt is left; CI, review and conflicts share the counter."""
    candidate, limit = ctx.state.candidate, ctx.state.settings.limits.attempts
    if candidate is None:
        raise Defect("there is no candidate to reject")
    if ctx.state.attempts >= limit:
        return Escalate(
            reason=f"{reason} ({ctx.state.attempts} of {limit} attempts used)\n{evidence[:1500]}".strip(),
            hint="look at the branch or `tamma tasks show --transcript`; raise `limits.attempts` and `tamma resume`",
        )
    await ctx.say(f"{reason}; another attempt follows", level="warning")
    return Done((CandidateRejected(sha=candidate.sha, by=by, reason=reason, evidence=evidence[:8000], keep=keep),))
