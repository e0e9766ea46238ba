"""Have the project's own tests judge the exact commit, in checkouts that the agent never touched."""

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import CandidateRejected, CandidateVerified, FailureTriaged
from tamma_core.domain.ids import Sha
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.domain.task import StepName
from tamma_core.domain.triage import Cause, Triage
from tamma_core.domain.verification import VerificationReport
from tamma_core.engine.rejection import EVIDENCE_LIMIT, reject
from tamma_core.engine.step import Done, Escalate, StepContext, StepResult
from tamma_core.engine.tested_tree import verification_settings
from tamma_core.engine.texts import rejection_text
from tamma_core.engine.triage import triage_verification


async def run(ctx: StepContext) -> StepResult:
    """Verify the candidate; a verdict that is not green costs an attempt, no verdict is left to a person."""
    candidate = ctx.state.candidate
    if candidate is None:
        raise Defect("there is no candidate to verify")
    report = await _verified(ctx, candidate.sha)
    broken = triage_verification(report, repeated=ctx.state.triaged is not None)
    if broken is not None and broken.again:
        await ctx.record(_triaged(candidate.sha, broken))
        report = await _verified(ctx, candidate.sha)
        broken = triage_verification(report, repeated=True)
    if broken is not None and broken.cause is Cause.INFRASTRUCTURE:
        await ctx.record(_triaged(candidate.sha, broken))
        return Escalate(
            reason=f"verification broke off twice, which is not the change's doing: {broken.evidence[:1500]}",
            hint="see to what gave up, then `tamma resume`, which verifies once more",
        )
    no_verdict = bool(report.problem) and not (report.failures or report.tests_run_on_base)
    if report.green:
        lacking = await _lacking_tests(ctx, report)
        if lacking:
            evidence = "add a test that fails before the change"
            return await reject(
                ctx, CandidateRejected(sha=candidate.sha, by=StepName.VERIFY, reason=lacking, evidence=evidence)
            )
    if report.green or no_verdict:
        return Done((CandidateVerified(report=report),))
    rejected = CandidateRejected(
        sha=candidate.sha,
        by=StepName.VERIFY,
        reason="the project's tests do not accept it",
        evidence=rejection_text(report)[:EVIDENCE_LIMIT],
        keep=False,
    )
    return await reject(ctx, rejected)


async def _verified(ctx: StepContext, sha: Sha) -> VerificationReport:
    verifier = ctx.ports.verifier(await ctx.workspace())
    try:
        report = await verifier.verify(ctx.state.base_sha, sha, verification_settings(ctx.state.settings))
    finally:
        await ctx.note_networks(verifier)
    said = "green" if report.green else report.problem or "red"
    await ctx.say(f"verification of {sha[:12]}: {said}, {report.tests_run} tests")
    return report


def _triaged(sha: Sha, verdict: Triage) -> FailureTriaged:
    return FailureTriaged(
        sha=sha,
        step=StepName.VERIFY,
        cause=verdict.cause,
        evidence=verdict.evidence[:EVIDENCE_LIMIT],
        again=verdict.again,
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
    # Rust's stand among the source: there a larger number of tests tells that the change brought one.
    if any(is_test_path(change.path) for change in changes.changes) or report.tests_run > report.tests_run_on_base:
        return ""
    return "the plan promises tests, but the change brings no test"
