"""Find out whose fault red checks are before anybody repairs anything."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from tamma_core.domain.ci_job import Job, JobAttempt, JobResult
from tamma_core.domain.effects import Declined, RerunJobs
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


async def triaged(ctx: StepContext, facts: GateFacts, reason: str, *, repeats: bool) -> StepResult:
    """Answer what follows from red checks: a repeat, another attempt, or a person; a log is data, never instruction.

    Without `repeats` the forge has said that it repeats nothing.
    """
    known = _known(ctx, facts.our_head)
    if known is not None and not known.again:  # whoever judged died before anything followed
        return await _follow(ctx, known, reason)
    jobs = await _jobs(ctx, facts.our_head)
    asked = known.jobs if known is not None and repeats else ()
    if _under_way(jobs, asked) and facts.seconds_since_push < facts.ci_timeout_s:
        return _wait(ctx)
    failing = await _failing(ctx, facts, jobs)
    if not failing and facts.seconds_since_push < facts.ci_timeout_s:
        return _wait(ctx)  # what failed was repeated meanwhile, by whomever
    if not failing:
        return Escalate(
            reason=f"{reason}, and nothing that ran there is red", hint="look at the forge, then `tamma resume`"
        )
    verdict = triage(failing, known) if repeats else triage([_final(item) for item in failing], None)
    judged = await _record(ctx, facts.our_head, failing, verdict)
    if not verdict.again:
        return await _follow(ctx, judged, reason)
    if await finish_repeat(ctx):
        return _wait(ctx)
    return await triaged(ctx, facts, reason, repeats=False)


async def _follow(ctx: StepContext, judged: FailureTriaged, reason: str) -> StepResult:
    """Give what is new back to the model, and anything else to a person."""
    if judged.cause is Cause.NEW:
        return await reject(
            ctx, CandidateRejected(sha=judged.sha, by=StepName.MONITOR, reason=reason, evidence=judged.evidence)
        )
    return Escalate(reason=f"{_REASONS[judged.cause]}:\n{judged.evidence[:1500]}", hint=_HINTS[judged.cause])


async def finish_repeat(ctx: StepContext) -> bool:
    """Make sure that a repeat which was decided on was asked for, also after a death; false where the forge will not."""
    known = ctx.state.triaged
    if known is None or not known.jobs or ctx.state.candidate is None:
        return True
    effect = _effect(ctx, known)
    before = ctx.state.effects.get(effect.key)
    outcome = await ctx.perform(effect)
    if not isinstance(outcome, Declined):
        return True
    if before is None or before.outcome is None:
        await ctx.say(f"the failed jobs are not repeated: {outcome.reason}", level="warning")
    return False


def passed_again(ctx: StepContext, head: Sha) -> tuple[str, ...]:
    """Say what failed once at this head and passed when it was repeated."""
    known = _known(ctx, head)
    if known is None or not known.again:
        return ()
    return (f"failed once and passed when repeated: {', '.join(known.failing)}",)


def _known(ctx: StepContext, head: Sha) -> FailureTriaged | None:
    """Answer what was last said of this head's checks; what was said of our own verification is another matter."""
    known = ctx.state.triaged
    return known if known is not None and (known.sha, known.step) == (head, StepName.MONITOR) else None


async def _record(ctx: StepContext, head: Sha, failing: Sequence[Failing], verdict: Triage) -> FailureTriaged:
    names = tuple(item.name for item in failing)
    attempts = tuple(item.attempt for item in failing if item.attempt) if verdict.again else ()
    judged = FailureTriaged(
        sha=head,
        step=StepName.MONITOR,
        cause=verdict.cause,
        evidence=verdict.evidence[:EVIDENCE_LIMIT],
        failing=names,
        signs=signs(failing),
        again=verdict.again,
        jobs=attempts,
    )
    await ctx.record(judged)
    follows = "; they run again once" if verdict.again else ""
    await ctx.say(f"failed: {', '.join(names)[:300]}: {verdict.cause.value}{follows}", level="warning")
    return judged


def _effect(ctx: StepContext, known: FailureTriaged) -> RerunJobs:
    return RerunJobs(
        key=EffectKey(f"rerun:{known.sha}:{ctx.state.resumes}"),
        repository=ctx.state.task.repository,
        sha=known.sha,
        jobs=known.jobs,
        number=ctx.state.pull_request.number if ctx.state.pull_request else None,
    )


def _wait(ctx: StepContext) -> Wait:
    return Wait(
        wait_for=WaitFor.CI, reason="a check failed; its jobs have not all ended", poll_s=ctx.state.settings.poll_s
    )


def _under_way(jobs: Sequence[Job], asked: Iterable[JobAttempt]) -> bool:
    """Tell whether a job has not ended, or the forge does not show yet that one was repeated."""
    named = {(item.run, item.job, item.attempt) for item in asked}
    return any(not job.ended or (job.run, job.id, job.attempt) in named for job in jobs)


async def _jobs(ctx: StepContext, head: Sha) -> Sequence[Job]:
    platform, shown = await ctx.platform(), ctx.state.pull_request
    if shown is None or not isinstance(platform, KeepsLogs):
        return ()
    return await platform.list_jobs(ctx.state.task.repository, head, number=shown.number)


async def _failing(ctx: StepContext, facts: GateFacts, jobs: Sequence[Job]) -> Sequence[Failing]:
    """Gather what failed at the head: jobs with their logs, and checks that no job tells of."""
    platform = await ctx.platform()
    on_base = _red(await platform.get_checks(ctx.state.task.repository, facts.base_tip))
    red = [job for job in jobs if job.result.red]
    covered = {check for job in jobs for check in job.checks}
    repeats = isinstance(platform, RerunsJobs) and platform.get_capabilities().rerun_jobs.supported
    found = [
        _failed(
            job,
            log=await _log(ctx, job) if number < MOST_LOGS else None,
            on_base=bool(job.checks) and plain_name(job.checks[0]) in on_base,
            repeats=repeats,
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


def _failed(job: Job, *, log: str | None, on_base: bool, repeats: bool) -> Failing:
    """Say what is known of a job; none is a log that nobody asked for."""
    return Failing(
        name=job.name,
        result=job.result,
        log=log or "",
        wordless=job.result is JobResult.FAILURE and log == "",
        ended_at=job.ended_at,
        on_base=on_base,
        attempt=JobAttempt(run=job.run, job=job.id, attempt=job.attempt) if repeats else None,
    )


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
    return replace(item, attempt=None)
