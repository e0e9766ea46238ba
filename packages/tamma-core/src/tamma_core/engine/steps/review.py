"""Read the final difference once more before anybody else does."""

from msgspec import field

from tamma_core.agent.prompts import REVIEW, SYSTEM
from tamma_core.agent.text import quote_exact
from tamma_core.domain.agent import AgentRole, Brief
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import CandidateRejected, CandidateReviewed
from tamma_core.domain.record import Record
from tamma_core.domain.task import StepName
from tamma_core.engine.agent_run import read_result, run_agent
from tamma_core.engine.rejection import EVIDENCE_LIMIT, reject
from tamma_core.engine.request import quoted_request
from tamma_core.engine.step import Done, Escalate, StepContext, StepResult

DIFF_LIMIT = 60_000


class ReviewResult(Record, frozen=True):
    """What the reviewing agent hands in; no objection means that the change may be proposed."""

    summary: str
    objections: list[str] = field(default_factory=list)


async def run(ctx: StepContext) -> StepResult:
    """Have a reviewer with read-only tools look; objections cost an attempt that builds on the candidate."""
    candidate = ctx.state.candidate
    if candidate is None:
        raise Defect("there is no candidate to review")
    workspace = await ctx.workspace()
    await workspace.checkout(candidate.sha)
    difference = await workspace.diff_text(ctx.state.base_sha, candidate.sha, limit_bytes=DIFF_LIMIT)
    brief = Brief(
        role=AgentRole.REVIEW,
        system=SYSTEM,
        task="\n\n".join(
            (REVIEW, quoted_request(ctx.state), quote_exact("diff", ctx.mask(difference), limit=DIFF_LIMIT))
        ),
        result=ReviewResult,
        writable=False,
    )
    finished = await run_agent(ctx, StepName.REVIEW, brief, await ctx.tree(), attempt=ctx.state.candidates)
    result = read_result(ReviewResult, finished)
    if isinstance(result, Escalate):
        return result
    if result.objections:
        evidence = "\n".join(f"- {objection}" for objection in result.objections)[:EVIDENCE_LIMIT]
        reason = "the self-review objects"
        return await reject(
            ctx, CandidateRejected(sha=candidate.sha, by=StepName.REVIEW, reason=reason, evidence=evidence)
        )
    await ctx.say(f"self-review: {result.summary[:160]}")
    reviewed = CandidateReviewed(sha=candidate.sha, objections=(), summary=result.summary)
    return Done((reviewed,))
