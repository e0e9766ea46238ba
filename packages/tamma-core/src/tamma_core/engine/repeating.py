"""Have failed jobs of continuous integration run again, once for each attempt."""

from collections.abc import Sequence

from tamma_core.domain.ci_job import JobAttempt
from tamma_core.domain.effects import Declined, Done, Outcome, RerunJobs
from tamma_core.domain.errors import InvalidInput, NotFound, PermissionDenied, Unsupported
from tamma_core.ports.git_platform import GitPlatform, RerunsJobs


async def unrepeated(platform: RerunsJobs, effect: RerunJobs) -> Sequence[JobAttempt]:
    """List the named attempts that are still the newest of their jobs, and ended red."""
    newest = {
        (job.run, job.id): job for job in await platform.list_jobs(effect.repository, effect.sha, number=effect.number)
    }
    return [
        asked
        for asked in effect.jobs
        if (job := newest.get((asked.run, asked.job))) and job.result.red and job.attempt == asked.attempt
    ]


async def find_repeat(platform: GitPlatform, effect: RerunJobs) -> Outcome | None:
    """Answer that all was repeated, or none while something was not."""
    if isinstance(platform, RerunsJobs) and not await unrepeated(platform, effect):
        return Done(sha=effect.sha)
    return None


async def repeat(platform: GitPlatform, effect: RerunJobs) -> Outcome:
    """Repeat what was not repeated yet."""
    if not isinstance(platform, RerunsJobs):
        return Declined(reason="the forge repeats no jobs", transient=False)
    try:
        for run in dict.fromkeys(asked.run for asked in await unrepeated(platform, effect)):
            await platform.rerun_failed_jobs(effect.repository, run)
    except (InvalidInput, NotFound, PermissionDenied, Unsupported) as error:
        return Declined(reason=error.message, transient=False)
    return Done(sha=effect.sha)
