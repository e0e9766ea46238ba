"""Run one job: its own directory, a real checkout, its `run:` steps with a shell."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from services.actions_wire import Result, StepState, Task, TaskState
from services.actions_workflow import Checkout, Condition, Job, Script, Step, WorkflowError, parse_job

OUTPUT_LIMIT_BYTES = 8 * 1024 * 1024
_CONTEXT_NAMES = (
    *("sha", "ref", "ref_name", "head_ref", "base_ref", "event_name", "actor", "repository"),
    *("run_id", "run_number", "workflow", "job", "server_url"),
)


class JobRun:
    """Own the directory, the state and the log lines of one job."""

    def __init__(self, task: Task, state: TaskState, server: str) -> None:
        self.task = task
        self.state = state
        self.lines: list[tuple[datetime, str]] = []
        self._server = server
        self._place = Path(tempfile.mkdtemp(prefix="services-job-"))
        self._workspace = self._place / "workspace"
        self._output_bytes = 0

    async def run(self) -> None:
        """Run all steps and leave the result in `state`; a cancelled run kills its processes."""
        result: Result = "RESULT_FAILURE"
        try:
            self._workspace.mkdir()
            (self._place / "home").mkdir()
            job = parse_job(self.task)
            async with asyncio.timeout(job.timeout_s):
                result = await self._run_steps(job)
        except WorkflowError as error:
            self._write(f"error: {error}")
        except TimeoutError:
            self._write("error: the job ran into its time limit")
        except OSError as error:
            self._write(f"error: {error}")
        except asyncio.CancelledError:
            result = "RESULT_CANCELLED"
            raise
        finally:
            self._finish(result)
            shutil.rmtree(self._place, ignore_errors=True)

    def is_finished(self) -> bool:
        """Tell whether the result stands, so that the closing line is written."""
        return self.state.result != "RESULT_UNSPECIFIED"

    async def _run_steps(self, job: Job) -> Result:
        self._write(f"job {job.name} at {self.task.context.get('sha')}")
        # Gitea hands out a job whose own `if` is false and leaves the judgement to the runner.
        if not _due(job.condition, failed=False):
            return "RESULT_SKIPPED"
        failed = False
        for step, state in zip(job.steps, self.state.steps, strict=True):
            if not _due(step.condition, failed=failed):
                state.result = "RESULT_SKIPPED"
                continue
            state.started_at = datetime.now(UTC)
            state.log_index = len(self.lines)
            self._write(f"step: {step.name.splitlines()[0]}")
            code = await self._run_action(step)
            if code:
                self._write(f"error: the step ended with code {code}")
            failed = failed or (code != 0 and not step.continue_on_error)
            self._close(state, "RESULT_FAILURE" if code else "RESULT_SUCCESS")
        return "RESULT_FAILURE" if failed else "RESULT_SUCCESS"

    async def _run_action(self, step: Step) -> int:
        match step.action:
            case Script():
                return await self._run_script(step, step.action)
            case Checkout():
                return await self._check_out(step.action)
            case _:
                assert_never(step.action)

    async def _run_script(self, step: Step, script: Script) -> int:
        path = self._place / "step.sh"
        path.write_text(script.text)
        options = ["--noprofile", "--norc", "-eo", "pipefail"] if script.shell == "bash" else ["-e"]
        command = [script.shell, *options, str(path)]
        return await self._execute(command, step.env, self._workspace / step.directory)

    async def _check_out(self, checkout: Checkout) -> int:
        """Fetch as the job's own user and leave no credentials in the workspace."""
        credentials = base64.b64encode(f"x-access-token:{self._context('token')}".encode()).decode()
        env = {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {credentials}",
        }
        url = f"{self._server}/{self._context('repository')}.git"
        depth = [f"--depth={checkout.depth}"] if checkout.depth else ["--tags"]
        commands = (
            ["init", "--quiet", "--initial-branch", "main"],
            ["remote", "add", "origin", url],
            ["fetch", "--quiet", "--no-recurse-submodules", *depth, "origin", checkout.ref],
            ["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"],
            ["log", "--no-show-signature", "-1", "--format=checked out %H"],
        )
        for command in commands:
            if code := await self._execute(["git", *command], env, self._workspace):
                return code
        return 0

    async def _execute(self, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> int:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=cwd,
            env={**self._environment(), **env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        assert process.stdout is not None
        copying = asyncio.create_task(_copy_lines(process.stdout, self._write))
        try:
            return await process.wait()
        finally:
            # Children left in the background would hold the pipe, and outlive the job.
            _kill_group(process.pid)
            await process.wait()
            await copying

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._place / "home"),
            "TMPDIR": str(self._place),
            "LANG": "C.UTF-8",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITEA_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self._workspace),
            **{f"GITHUB_{name.upper()}": self._context(name) for name in _CONTEXT_NAMES},
        }

    def _context(self, name: str) -> str:
        value = self.task.context.get(name)
        return "" if value is None else str(value)

    def _write(self, line: str) -> None:
        """Keep a line for the log, without secrets, up to a limit for the whole job."""
        if self._output_bytes > OUTPUT_LIMIT_BYTES:
            return
        for secret in (self._context("token"), *self.task.secrets.values()):
            if secret:
                line = line.replace(secret, "***")
        self._output_bytes += len(line)
        if self._output_bytes > OUTPUT_LIMIT_BYTES:
            line = "… the rest of the output is not kept"
        self.lines.append((datetime.now(UTC), line))

    def _close(self, state: StepState, result: Result) -> None:
        state.result = result
        state.stopped_at = datetime.now(UTC)
        state.log_length = len(self.lines) - state.log_index

    def _finish(self, result: Result) -> None:
        for state in self.state.steps:
            if state.result == "RESULT_UNSPECIFIED":
                begun = state.started_at is not None
                self._close(state, result if begun else "RESULT_SKIPPED")
        self._write(f"job: {result.removeprefix('RESULT_').lower()}")
        self.state.stopped_at = datetime.now(UTC)
        self.state.result = result


def _due(condition: Condition, *, failed: bool) -> bool:
    match condition:
        case "always()":
            return True
        case "failure()":
            return failed
        case "success()":
            return not failed
        case "false":
            return False
        case _:
            assert_never(condition)


async def _copy_lines(stream: asyncio.StreamReader, write: Callable[[str], None]) -> None:
    rest = b""
    while chunk := await stream.read(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            write(line.decode(errors="replace"))
        if len(rest) > 65536:
            write(rest.decode(errors="replace"))
            rest = b""
    if rest:
        write(rest.decode(errors="replace"))


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
