"""Gitea's Actions: the jobs of a commit, what they said, and their repeats."""

from collections.abc import Sequence

from tamma_core.domain.ci_job import Job
from tamma_core.domain.errors import InvalidInput, NotFound, PermissionDenied, Unavailable, Unsupported
from tamma_core.domain.ids import Sha
from tamma_core.domain.repository import RepositoryRef

from tamma_platforms.gitea import actions_reading, wire
from tamma_platforms.gitea.api import GiteaApi

_UNDER_WAY = "not done"


class GiteaActions:
    """Read and repeat what Actions ran."""

    _api: GiteaApi

    async def list_jobs(self, repository: RepositoryRef, sha: Sha, *, number: int | None = None) -> Sequence[Job]:
        """List the newest attempt of each job at a commit; empty where Actions are off."""
        known, _ = actions_reading.told_apart(await self._runs(repository, sha), number)
        runs = actions_reading.newest_runs(known, sha)
        if not runs:
            return ()
        statuses = [status async for status in self._api.each(wire.list_statuses(repository, sha))]
        contexts = actions_reading.contexts_by_place(statuses)
        return [
            actions_reading.read_job(value, run, name, contexts)
            for name, run in sorted(runs.items())
            async for value in self._api.each(wire.list_jobs(repository, run), "jobs")
        ]

    async def get_job_log(self, repository: RepositoryRef, job: str, *, limit_bytes: int) -> str:
        """Answer the end of the log of a job's newest attempt; empty when there is none."""
        number = wire.number_of(job)
        log = await self._api.text(wire.get_job_log(repository, number))
        if log is None:
            log = await self._never_begun(repository, number)
        return log.encode()[-limit_bytes:].decode(errors="replace")

    async def rerun_failed_jobs(self, repository: RepositoryRef, run: str) -> None:
        """Have the failed jobs of a run repeated; raise `Unsupported` before 1.26, or where the workflow is off."""
        try:
            await self._api.call(wire.rerun_failed_jobs(repository, wire.number_of(run)))
        except InvalidInput as error:
            if _UNDER_WAY not in error.message:
                raise Unsupported(f"run {run} of {repository} is not repeated: {error.message}") from error
        except NotFound as error:
            missing = f"run {run} of {repository} is gone, or this Gitea cannot repeat it"
            raise Unsupported(missing, hint="repeating by the API came with Gitea 1.26") from error

    async def _never_begun(self, repository: RepositoryRef, job: int) -> str:
        """Answer an empty log for one that was never begun, which Gitea tells in the words of any fault of its own.

        So the job has to be readable, and its log still not; else it is a fault, and `Unavailable`.
        """
        if await self._api.find(wire.get_job(repository, job)) is None:
            raise Unavailable(f"the log of job {job} of {repository} cannot be read", hint="see the forge's own log")
        return await self._api.text(wire.get_job_log(repository, job)) or ""

    async def _runs(self, repository: RepositoryRef, sha: Sha) -> list[object]:
        try:
            return [run async for run in self._api.each(wire.list_runs(repository, sha), key="workflow_runs")]
        except (NotFound, PermissionDenied):  # Actions are off, or this version cannot list runs: statuses remain
            return []
