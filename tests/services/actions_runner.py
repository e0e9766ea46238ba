"""Run Gitea Actions jobs for real, as a process of its own.

A process, not an asyncio task: it lives as long as the session's Gitea and so across the event
loops of many tests, a test that blocks its loop does not hold up CI, and it can be killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from services.actions_job import JobRun
from services.actions_wire import RunnerWire, StepState, Task, TaskState
from services.actions_workflow import steps_count
from services.daemon import Daemon

DEFAULT_LABELS = ("ubuntu-latest", "self-hosted")
POLL_INTERVAL_S = 0.25
REPORT_INTERVAL_S = 0.25
FINAL_REPORT_TRIES = 60
TOKEN_VARIABLE = "SERVICES_RUNNER_TOKEN"


class ActionsRunner:
    """Own one runner process; `labels` say which `runs-on` it takes."""

    def __init__(self, url: str, token: str, labels: Sequence[str] = DEFAULT_LABELS) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="services-runner-"))
        self._ready = self._directory / "ready"
        self._token = token
        command = [sys.executable, "-m", "services.actions_runner", url, ",".join(labels)]
        self._daemon = Daemon("actions runner", [*command, self._ready], self._directory / "log")

    def __enter__(self) -> Self:
        """Start the runner."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the runner whatever happened."""
        self.stop()

    def start(self) -> None:
        """Start the process and return when it is registered."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
            TOKEN_VARIABLE: self._token,
        }
        try:
            self._daemon.start(environment, self._directory, self._ready.exists, timeout_s=30.0)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the process; a job under way is reported as cancelled."""
        self._daemon.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self._daemon.is_running()

    def log_tail(self) -> str:
        """Return the end of what the runner wrote about itself."""
        return self._daemon.log_tail()


class Runner:
    """Take jobs one at a time and report on them until cancelled."""

    def __init__(self, wire: RunnerWire, server: str) -> None:
        self._wire = wire
        self._server = server

    async def take_jobs(self) -> None:
        """Ask for jobs for ever; an unreachable Gitea is asked again."""
        import httpx2

        version = "0"
        while True:
            task: Task | None = None
            # A Gitea that is being restarted must not end the runner.
            with contextlib.suppress(httpx2.TransportError, httpx2.HTTPStatusError):
                task, version = await self._wire.fetch(version)
            if task is None:
                await asyncio.sleep(POLL_INTERVAL_S)
                continue
            version = "0"
            await self._run(task)

    async def _run(self, task: Task) -> None:
        steps = [StepState(index) for index in range(steps_count(task))]
        run = JobRun(task, TaskState(task.id, datetime.now(UTC), steps), self._server)
        report = _Report(self._wire, run)
        working = asyncio.create_task(run.run())
        try:
            while not working.done():
                if await report.progress():
                    working.cancel()
                await asyncio.wait([working], timeout=REPORT_INTERVAL_S)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await report.finish()


class _Report:
    """Send what is new of one job."""

    def __init__(self, wire: RunnerWire, run: JobRun) -> None:
        self._wire = wire
        self._run = run
        self._sent = 0

    async def progress(self) -> bool:
        """Report a job under way; return whether Gitea wants it stopped."""
        import httpx2

        # The closing line stays unsent until `finish`: Gitea ignores a last call without lines.
        if self._run.is_finished():
            return False
        try:
            await self._send_lines(len(self._run.lines))
            if self._run.is_finished():
                return False
            return await self._wire.update(self._run.state) == "RESULT_CANCELLED"
        except (httpx2.TransportError, httpx2.HTTPStatusError) as error:
            self._complain(error)
            return False

    async def finish(self) -> None:
        """Report the rest of the log, then the result, which Gitea takes only once."""
        import httpx2

        for _ in range(FINAL_REPORT_TRIES):
            try:
                await self._send_lines(len(self._run.lines), last=True)
                await self._wire.update(self._run.state)
            except httpx2.TransportError as error:
                self._complain(error)
                await asyncio.sleep(REPORT_INTERVAL_S)
            except httpx2.HTTPStatusError as error:
                self._complain(error)
                return
            else:
                return

    async def _send_lines(self, end: int, last: bool = False) -> None:
        while self._sent < end:
            rows = self._run.lines[self._sent : min(end, self._sent + 2000)]
            closing = last and self._sent + len(rows) == end
            self._sent = await self._wire.append_log(self._run.task.id, self._sent, rows, closing)

    def _complain(self, error: Exception) -> None:
        print(f"report of task {self._run.task.id}: {error}", file=sys.stderr, flush=True)


async def serve(url: str, labels: Sequence[str], token: str, ready: Path) -> None:
    """Register at the Gitea at `url`, create the file `ready`, and take jobs until cancelled."""
    import httpx2

    async with httpx2.AsyncClient(base_url=url, timeout=30.0, trust_env=False) as http:
        wire = RunnerWire(http)
        await wire.register(token, f"runner-{os.getpid()}", labels)
        ready.touch()
        await Runner(wire, url).take_jobs()


async def lose_job(url: str, token: str, label: str) -> None:
    """Take one job as a runner that dies before it says a word of it."""
    import httpx2

    async with httpx2.AsyncClient(base_url=url, timeout=30.0, trust_env=False) as http:
        wire = RunnerWire(http)
        await wire.register(token, f"lost-{secrets.token_hex(4)}", [label])
        while (await wire.fetch("0"))[0] is None:
            await asyncio.sleep(POLL_INTERVAL_S)


async def _serve_until_terminated(arguments: Sequence[str]) -> None:
    url, labels, ready = arguments
    # Out of the environment, so that no job can read it.
    token = os.environ.pop(TOKEN_VARIABLE)
    serving = asyncio.create_task(serve(url, labels.split(","), token, Path(ready)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


if __name__ == "__main__":
    asyncio.run(_serve_until_terminated(sys.argv[1:]))
