"""Have the project's own tests judge the exact commit, in checkouts that the agent never touched."""

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import CandidateVerified
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.domain.task import StepName
from tamma_core.domain.verification import VerificationReport
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
    try:
        report = await verifier.verify(ctx.state.base_sha, candidate.sha, verification_settings(settings))
    finally:
        await ctx.note_networks(verifier)
    await ctx.say(
        f"verification of {candidate.sha[:12]}: {'green' if report.green else report.problem or 'red'}, "
        f"{report.tests_run} tests"
    )
    no_verdict = bool(report.problem) and not (report.failures or report.tests_run_on_base)
    if report.green:
        lacking = await _lacking_tests(ctx, report)
        if lacking:
            return await reject(ctx, StepName.VERIFY, lacking, "add a test that fails before the change", keep=True)
    if report.green or no_verdict:
        return Done((CandidateVerified(report=report),))
    return await reject(
        ctx, StepName.VERIFY, "the project's tests do not accept it", rejection_text(report), keep=False
    )


async def _lacking_tests(ctx: StepContext, report: VerificationReport) -> str:
    """Say what is missing of the tests that the approved plan promised; nothing when it promised none."""
    plan, candidate = ctx.state.plan, ctx.state.candidate
    if plan is None or candidate is None or not plan.tests or report.reproduced:
        return ""
    if report.reproduced is False:
        return "the plan promises tests that show the defect, but no new test fails on the base"
    changes = await (await ctx.workspace()).changes(ctx.state.base_sha, candidate.sha)
    # A runner that tells no names, or a stronger demand in an old test: that there is a test has to do.
    if any(is_test_path(change.path) for change in changes.changes):
        return ""
    return "the plan promises tests, but the change brings no test"
