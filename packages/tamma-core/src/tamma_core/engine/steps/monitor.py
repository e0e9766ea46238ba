"""Gather what the forge says of the pull request, and let the merge gate decide."""

from typing import assert_never

from msgspec.structs import replace

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import (
    Approved,
    CandidateRejected,
    GatePassed,
    WaitFor,
)
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import PullRequestStatus, ReviewVerdict
from tamma_core.domain.task import StepName
from tamma_core.engine.base_update import update_base
from tamma_core.engine.ci_failure import finish_repeat, passed_again, triaged
from tamma_core.engine.diff_approval import ask_about_diff, rejected_diff
from tamma_core.engine.expected_checks import expectation, with_earlier
from tamma_core.engine.heads import heads_meant
from tamma_core.engine.rejection import EVIDENCE_LIMIT, reject
from tamma_core.engine.repository_policy import read_policy
from tamma_core.engine.request import closed_issue, selected
from tamma_core.engine.reviewing import ask_again, changes_requested, open_threads
from tamma_core.engine.step import Done, Escalate, StepContext, StepResult, Wait
from tamma_core.guards import gate_facts as gate
from tamma_core.guards.diff_guard import diff_hash
from tamma_core.guards.merge_gate import decide

_WAITS = {
    "ci": WaitFor.CI,
    "review": WaitFor.REVIEW,
    "approval": WaitFor.APPROVAL,
    "mergeable": WaitFor.MERGE,
}


async def run(ctx: StepContext) -> StepResult:
    """Answer what the gate decides about the head that we showed."""
    repeats = await finish_repeat(ctx)
    facts, decision = await judged(ctx)
    if not isinstance(decision, gate.AlreadyMerged):
        stop = await stopped(ctx)
        if stop is not None:
            return stop
    match decision:
        case gate.Pass():
            return await open_threads(ctx, facts) or await _passed(ctx, facts, decision)
        case gate.Wait(what="approval"):
            return await ask_about_diff(ctx, StepName.MONITOR, *([] if decision.doubts else [decision.reason]))
        case gate.Wait():
            return await _wait(ctx, facts, decision)
        case gate.Reject():
            return await _send_back(ctx, facts, decision, repeats=repeats)
        case gate.Human():
            return Escalate(reason=decision.reason, hint=decision.hint or "look at the pull request, then resume")
        case gate.StaleBase():
            return await update_base(ctx, decision.base_tip)
        case gate.AlreadyMerged():
            return _already_merged(ctx, facts, decision.sha)
    assert_never(decision)


async def _passed(ctx: StepContext, facts: gate.GateFacts, decision: gate.Pass) -> StepResult:
    reasons = (*passed_again(ctx, decision.head), *decision.reasons)
    await ctx.say(f"gate passed: {'; '.join(reasons)[:300]}")
    return Done((GatePassed(head_sha=decision.head, base_sha=facts.base_tip, reasons=reasons),))


async def _wait(ctx: StepContext, facts: gate.GateFacts, decision: gate.Wait) -> StepResult:
    if decision.what == "review":
        await ask_again(ctx, facts)
    return Wait(
        wait_for=_WAITS[decision.what],
        reason=decision.reason,
        poll_s=ctx.state.settings.poll_s,
        timeout_s=ctx.state.settings.approval_timeout_s,
    )


async def stopped(ctx: StepContext) -> StepResult | None:
    """Answer what follows when a person said stop: by closing the issue, or by turning the difference down."""
    return await closed_issue(ctx) or await rejected_diff(ctx, StepName.MONITOR)


async def judged(ctx: StepContext) -> tuple[gate.GateFacts, gate.GateDecision]:
    """Gather and decide; earlier commits of the base are asked for their checks only where nothing else keeps it from passing."""
    facts = await gather(ctx)
    decision = decide(facts)
    if not isinstance(decision, gate.Pass):
        return facts, decision
    facts = replace(facts, expectation=await with_earlier(ctx, facts))
    return facts, decide(facts)


async def gather(ctx: StepContext) -> gate.GateFacts:
    """Read everything that the decision is made from, at one moment."""
    candidate, shown, verified = ctx.state.candidate, ctx.state.pull_request, ctx.state.verified
    if candidate is None or shown is None or verified is None:
        raise Defect("there is no proposed candidate to monitor")
    platform, repository, base = await ctx.platform(), ctx.state.task.repository, selected(ctx.state).base
    workspace = await ctx.workspace()
    tip = await workspace.fetch(base)
    await read_policy(ctx, tip)
    settings = ctx.state.settings
    protection = await platform.get_branch_protection(repository, base)
    since = (ctx.now - ctx.state.shown_at).total_seconds() if ctx.state.shown_at else 0.0
    required = frozenset(protection.required_checks) | frozenset(settings.expected_checks)
    status = await platform.get_pr_status(repository, shown.number)
    change = await workspace.changes(tip, candidate.sha)
    return gate.GateFacts(
        pull_request=await platform.get_pull_request(repository, shown.number),
        status=await _of_entitled(ctx, status),
        protection=protection,
        expectation=await expectation(ctx, required, status.checks, change),
        our_base=base,
        our_head=candidate.sha,
        earlier_heads=frozenset(heads_meant(ctx.state)) - {candidate.sha},
        bot=await platform.current_user(),
        base_tip=tip,
        base_contained=await workspace.contains(candidate.sha, tip),
        difference=diff_hash(change),
        verification=verified.report,
        guard=candidate.guard,
        approvals=await _approvals(ctx),
        required_approvals=settings.rules.required_approvals,
        seconds_since_push=since,
        # Where there is no CI at all, no check can turn up late.
        settle_s=settings.settle_s if platform.get_capabilities().continuous_integration.supported else 0.0,
        ci_timeout_s=settings.ci_timeout_s,
        draft_is_ours=False,
    )


def _who(approval: Approved) -> str:
    """Name an approver; an account of this machine may bear the name of our account on the forge."""
    return approval.by if approval.via == "issue" else f"{approval.by} ({approval.via})"


async def _approvals(ctx: StepContext) -> tuple[gate.DiffApproval, ...]:
    """Answer the approvals that count; whoever gave one on the forge has to be able to write now."""
    counted = [approval for approval in ctx.state.diff_approvals if ctx.state.counts(approval)]
    return tuple(
        [
            gate.DiffApproval(
                by=_who(approval),
                diff_hash=ctx.state.subject_of(approval.hash),
                given_for=ctx.state.given_for(approval),
                on_forge=approval.via == "issue",
            )
            for approval in counted
            if approval.via != "issue" or await ctx.may_write(approval.by)
        ]
    )


async def _of_entitled(ctx: StepContext, status: PullRequestStatus) -> PullRequestStatus:
    """Leave out reviews of people who may not write, and approvals of those who may not approve; asked now."""
    rules = ctx.state.settings.rules
    counted = [
        review
        for review in status.reviews
        if await ctx.may_write(review.author)
        and (review.verdict is not ReviewVerdict.APPROVED or rules.may_approve(review.author))
    ]
    return replace(status, reviews=tuple(counted))


async def _send_back(ctx: StepContext, facts: gate.GateFacts, decision: gate.Reject, *, repeats: bool) -> StepResult:
    if decision.kind == "checks":
        return await triaged(ctx, facts, decision.reason, repeats=repeats)
    if decision.kind == "changes_requested":
        return await changes_requested(ctx, facts, decision.reason, decision.evidence)
    if decision.kind == "conflict" and not facts.base_contained:
        return await update_base(ctx, facts.base_tip)
    rejected = CandidateRejected(
        sha=facts.our_head,
        by=StepName.MONITOR,
        reason=decision.reason,
        evidence="\n".join(decision.evidence)[:EVIDENCE_LIMIT],
        keep=decision.kind != "conflict",
    )
    return await reject(ctx, rejected)


def _already_merged(ctx: StepContext, facts: gate.GateFacts, sha: Sha | None) -> StepResult:
    """Have a merge that somebody else made compared as one of ours is."""
    if sha is None or facts.pull_request.head_sha != facts.our_head:
        return Escalate(
            reason="somebody merged the pull request at a head that we did not check",
            hint="look at the merged change; `tamma tasks cancel` ends the task",
        )
    reasons = ("somebody merged it already",)
    return Done((GatePassed(head_sha=facts.our_head, base_sha=ctx.state.base_sha, reasons=reasons),))
