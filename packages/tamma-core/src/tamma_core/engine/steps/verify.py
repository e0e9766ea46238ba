"""Have the project's own tests judge the exact commit, in checkouts that the agent never touched."""

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import CandidateVerified
from tamma_core.domain.task import StepName
from tamma_core.engine.rejection import reject
from tamma_core.engine.step import Done, StepContext, StepResult
from tamma_core.engine.tested_tree import verification_settings
from tamma_core.engine.texts import rejection_text


async def run(ctx: StepContext) -> StepResult:
    """Verify the candidate; a verdict that is not green costs an attempt, no verdict is left to a person."""
    candidate, settings = ctx.state.candidate, ctx.state.task.settings
    if candidate is None:
        raise Defect("there is no candidate to verify")
    verifier = ctx.ports.verifier(await ctx.workspace())
    report = await verifier.verify(ctx.state.base_sha, candidate.sha, verification_settings(settings))
    await ctx.say(
        f"verification of {candidate.sha[:12]}: {'green' if report.green else report.problem or 'red'}, "
        f"{report.tests_run} tests"
    )
    no_verdict = bool(report.problem) and not (report.failures or report.tests_run_on_base)
    if report.green or no_verdict:
        return Done((CandidateVerified(report=report),))
    return await reject(
        ctx, StepName.VERIFY, "the project's tests do not accept it", rejection_text(report), keep=False
    )
