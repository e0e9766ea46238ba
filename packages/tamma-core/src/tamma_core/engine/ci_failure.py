"""Find out whose fault red checks are before anybody repairs anything."""

from collections.abc import Iterable, Sequence

from tamma_core.domain.ci_job import Job, JobAttempt
from tamma_core.domain.effects import Declined, RerunJobs
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import CandidateRejected, FailureTriaged, WaitFor
from tamma_core.domain.ids import EffectKey, Sha
from tamma_core.domain.pull_request import Check, CheckState
from tamma_core.domain.task import StepName
from tamma_core.domain.triage import Cause, Triage
from tamma_core.engine.rejection import EVIDENCE_LIMIT, reject
from tamma_core.engine.step import Escalate, StepContext, StepResult, Wait
from tamma_core.engine.triage import Failing, signs, triage
from tamma_core.guards.ci_state import newest_checks, plain_name
from tamma_core.guards.gate_facts import GateFacts
from tamma_core.ports.git_platform import KeepsLogs, RerunsJobs

LOG_BYTES = 100_000
MOST_LOGS = 10
_HINTS = {
    Cause.BASE: "repair the base branch, then `tamma resume`",
    Cause.INFRASTRUCTURE: "see to the runner, network or service that gave up; `tamma resume` runs it once more",
    Cause.FLAKY: "make the tests steady on the base, or `tamma resume`, which runs them once more",
}
_REASONS = {
    Cause.BASE: "checks failed that fail on the base too",
    Cause.INFRASTRUCTURE: "checks were broken off by something else than the change, also when they ran again",
    Cause.FLAKY: "checks fail now here, now there, at one and the same commit",
}


async def triaged(ctx: StepContext, facts: GateFacts, reason: str) -> StepResult:
    """Answer what follows from red checks: a repeat, another attempt, or a person; a log is data, never instruction."""
    jobs = await _jobs(ctx, facts.our_head)
    if _under_way(ctx, jobs) and facts.seconds_since_push < facts.ci_timeout_s:
        return _wait(ctx)
    failing = await _failing(ctx, facts, jobs)
    known = ctx.state.triaged
    earlier = known if known is not None and known.sha == facts.our_head and known.again else None
    verdict = triage(failing, earlier)
    if verdict.again and not await _repeated(ctx, facts.our_head, failing, verdict):
        verdict = triage([_final(item) for item in failing], None)
    elif verdict.again:
        return _wait(ctx)
    await _record(ctx, facts.our_head, failing, verdict)
    if verdict.cause is Cause.NEW:
        evidence = verdict.evidence[:EVIDENCE_LIMIT]
        return await reject(
            ctx, CandidateRejected(sha=facts.our_head, by=StepName.MONITOR, reason=reason, evidence=evidence)
        )
    return Escalate(reason=f"{_REASONS[verdict.cause]}:\n{verdict.evidence[:1500]}", hint=_HINTS[verdict.cause])


async def finish_repeat(ctx: StepContext) -> None:
    """Make sure that a repeat which was decided on was asked for; whoever decided may have died before."""
    known = ctx.state.triaged
    if known is not None and known.jobs and ctx.state.candidate is not None:
        effect = _effect(ctx, known)
        record = ctx.state.effects.get(effect.key)
        if record is None or record.outcome is None:
            await ctx.perform(effect)


def passed_again(ctx: StepContext, head: Sha) -> tuple[str, ...]:
    """Say what failed once at this head and passed when it was repeated."""
    known = ctx.state.triaged
    if known is None or known.sha != head or not known.again:
        return ()
    return (f"failed once and passed when repeated: {', '.join(known.failing)}",)


async def _repeated(ctx: StepContext, head: Sha, failing: Sequence[Failing], verdict: Triage) -> bool:
    """Journal the verdict, then have the jobs repeated; false where the forge will not."""
    await _record(ctx, head, failing, verdict)
    known = ctx.state.triaged
    if known is None:
        raise Defect("a verdict was journaled and is not there")
    outcome = await ctx.perform(_effect(ctx, known))
    if isinstance(outcome, Declined):
        await ctx.say(f"the failed jobs are not repeated: {outcome.reason}", level="warning")
        return False
    return True


async def _record(ctx: StepContext, head: Sha, failing: Sequence[Failing], verdict: Triage) -> None:
    names = tuple(item.name for item in failing)
    attempts = tuple(item.attempt for item in failing if item.attempt) if verdict.again else ()
    await ctx.record(
        FailureTriaged(
            sha=head,
            step=StepName.MONITOR,
            cause=verdict.cause,
            evidence=verdict.evidence[:EVIDENCE_LIMIT],
            failing=names,
            signs=signs(failing),
            again=verdict.again,
            jobs=attempts,
        )
    )
    follows = "; they run again once" if verdict.again else ""
    await ctx.say(f"failed: {', '.join(names)[:300]}: {verdict.cause.value}{follows}", level="warning")


def _effect(ctx: StepContext, known: FailureTriaged) -> RerunJobs:
    return RerunJobs(
        key=EffectKey(f"rerun:{known.sha}:{ctx.state.resumes}"),
        repository=ctx.state.task.repository,
        sha=known.sha,
        jobs=known.jobs,
    )


def _wait(ctx: StepContext) -> Wait:
    return Wait(
        wait_for=WaitFor.CI, reason="a check failed; its jobs have not all ended", poll_s=ctx.state.settings.poll_s
    )


def _under_way(ctx: StepContext, jobs: Sequence[Job]) -> bool:
    """Tell whether a job has not ended, or the forge does not show yet that one was repeated."""
    known = ctx.state.triaged
    asked = {(item.run, item.job, item.attempt) for item in known.jobs} if known is not None else set()
    return any(not job.ended or (job.run, job.id, job.attempt) in asked for job in jobs)


async def _jobs(ctx: StepContext, head: Sha) -> Sequence[Job]:
    platform = await ctx.platform()
    return await platform.list_jobs(ctx.state.task.repository, head) if isinstance(platform, KeepsLogs) else ()


async def _failing(ctx: StepContext, facts: GateFacts, jobs: Sequence[Job]) -> Sequence[Failing]:
    """Gather what failed at the head: jobs with their logs, and checks that no job tells of."""
    platform = await ctx.platform()
    on_base = _red(await platform.get_checks(ctx.state.task.repository, facts.base_tip))
    red = [job for job in jobs if job.result.red]
    covered = {check for job in jobs for check in job.checks}
    repeats = isinstance(platform, RerunsJobs) and platform.get_capabilities().rerun_jobs.supported
    found = [
        Failing(
            name=job.name,
            result=job.result,
            log=await _log(ctx, job) if number < MOST_LOGS else "",
            on_base=bool(job.checks) and plain_name(job.checks[0]) in on_base,
            attempt=JobAttempt(run=job.run, job=job.id, attempt=job.attempt) if repeats else None,
        )
        for number, job in enumerate(red)
    ]
    head = newest_checks(check for check in facts.status.checks if check.sha == facts.our_head)
    found += [
        Failing(
            name=name, log=ctx.mask(f"{check.description} {check.url}".strip()), on_base=plain_name(name) in on_base
        )
        for name, check in sorted(head.items())
        if check.state is CheckState.FAILURE and name not in covered
    ]
    return found


async def _log(ctx: StepContext, job: Job) -> str:
    platform = await ctx.platform()
    if not isinstance(platform, KeepsLogs):
        return ""
    # Before names and numbers are taken out of it: what is left of a secret then is not known any more.
    return ctx.mask(await platform.get_job_log(ctx.state.task.repository, job.id, limit_bytes=LOG_BYTES))


def _red(checks: Iterable[Check]) -> frozenset[str]:
    newest = newest_checks(checks)
    return frozenset(plain_name(name) for name, check in newest.items() if check.state is CheckState.FAILURE)


def _final(item: Failing) -> Failing:
    return Failing(name=item.name, result=item.result, log=item.log, on_base=item.on_base)
