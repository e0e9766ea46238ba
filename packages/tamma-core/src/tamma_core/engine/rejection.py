"""Send a candidate back for another attempt, as often as the one counter allows."""

from tamma_core.domain.events import CandidateRejected
from tamma_core.engine.step import Done, Escalate, StepContext

EVIDENCE_LIMIT = 8000


async def reject(ctx: StepContext, rejected: CandidateRejected) -> Done | Escalate:
    """Reject a candidate, or escalate when no attempt is left; CI, review and conflicts share the counter."""
    limit = ctx.state.settings.limits.attempts
    if ctx.state.attempts >= limit:
        used = f"{rejected.reason} ({ctx.state.attempts} of {limit} attempts used)"
        return Escalate(
            reason=f"{used}\n{rejected.evidence[:1500]}".strip(),
            hint="look at the branch or `tamma tasks show --transcript`; raise `limits.attempts` and `tamma resume`",
        )
    await ctx.say(f"{rejected.reason}; another attempt follows", level="warning")
    return Done((rejected,))
