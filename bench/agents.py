"""Run two coding agents on the same turns: `tamma run` whole, and `mini`, both over HTTP and both in bubblewrap."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tamma_core.codec import from_json
from tamma_core.domain.agent import AgentEvent, ContextCompacted
from tamma_core.domain.events import TurnRecorded
from tamma_core.domain.record import Record
from tamma_core.ports.journal import TaskFilter
from tamma_core.system import SystemClock
from tamma_store.store import open_store

from bench.model_server import Counts
from bench.peers import MINI
from bench.processes import Cost, run

MODEL = "claude-sonnet-4-5"
PARKED = 1
"""The scripted agent changes nothing, so `tamma run` ends by parking the task."""
_CONFIGURATION = """
aiProvider:
  providers:
    - name: scripted
      type: anthropic-claude
      apiKey: scripted
      baseUrl: {url}
      model: {model}
      options: {{contextTokens: {window}, outputTokens: 8192, price: {{input: 3, output: 15}}}}
limits: {{steps: 1000, costUsd: 1000}}
store: {{path: {store}}}
"""


class ModelServer:
    """Talk to the scripted model's process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Take a process that was just started."""
        self._process = process
        self.url = str(json.loads(self._answer()))

    def begin(self, turns: int, *, output_chars: int = 500, first: str = "") -> None:
        """Begin a script."""
        self._ask(json.dumps({"turns": turns, "output_chars": output_chars, "first": first}))

    def counts(self) -> Counts:
        """Answer what was counted since."""
        return Counts(**self._ask(""))

    def _ask(self, line: str) -> dict[str, int]:
        if self._process.stdin is None:
            raise SystemExit("the model has no standard input")
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        counts: dict[str, int] = json.loads(self._answer())
        return counts

    def _answer(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise SystemExit("the scripted model ended")
        return line


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Serve the scripted model in a process of its own."""
    command = [sys.executable, "-m", "bench.model_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield ModelServer(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(timeout=10)


def make_repository(path: Path, text: str = "The quick brown fox jumps over the lazy dog.\n" * 200) -> Path:
    """Make a repository with one file to look at."""
    path.mkdir()
    (path / "README.md").write_text(text)
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "one")):
        named = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
        subprocess.run(["git", *named, *arguments], cwd=path, check=True, env=clean_environment(path.parent))
    return path


class Tamma(Record, frozen=True, kw_only=True):
    """Run `tamma run` in a home of its own."""

    home: Path
    url: str
    window: int = 200_000

    def run(self, repository: Path) -> Cost:
        """Take a task from its text to its end; the journal is fresh each time."""
        return _checked(run(self.prepare(repository), environment=self.environment, log=self.log), PARKED, self.log)

    @property
    def log(self) -> Path:
        """Answer the file of what was printed."""
        return self.home / "log"

    @property
    def environment(self) -> dict[str, str]:
        """Answer an environment without the user's own settings."""
        return clean_environment(self.home)

    def prepare(self, repository: Path) -> tuple[str | Path, ...]:
        """Make the home afresh and answer the command."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        config = self.home / "config.yaml"
        values = {"url": self.url, "model": MODEL, "window": self.window, "store": self.home / "store"}
        config.write_text(_CONFIGURATION.format(**values))
        config.chmod(0o600)
        task = ("--repo", repository, "--task", "Look around", "--yes", "--detach")
        return (Path(sys.executable).with_name("tamma"), "run", *task, "--config", config)

    async def compactions(self) -> list[str]:
        """List from the journal how the history was rewritten each time."""
        store = await open_store(self.home / "store", clock=SystemClock(), mask=str)
        try:
            (task,) = await store.journal.summaries(TaskFilter())
            turns = await store.journal.read(task.id, types=frozenset({"turn_recorded"}))
            blobs = [turn.event.report for turn in turns if isinstance(turn.event, TurnRecorded)]
            reports = [from_json(AgentEvent, await store.blobs.get(blob)) for blob in blobs]
        finally:
            await store.aclose()
        return [report.method for report in reports if isinstance(report, ContextCompacted)]


class Mini(Record, frozen=True, kw_only=True):
    """Run `mini` with its own bubblewrap environment, on the same `bwrap`."""

    home: Path
    url: str
    bubblewrap: str

    def run(self, repository: Path) -> Cost:
        """Take a task from its text to its end."""
        self.home.mkdir(parents=True, exist_ok=True)
        settings = (f"environment.cwd={repository}", f"environment.executable={self.bubblewrap}")
        argv: tuple[str | Path, ...] = (
            *(MINI.command("mini"), "-m", f"anthropic/{MODEL}", "-t", "Look around", "-y", "--exit-immediately"),
            *("-l", "0", "--environment-class", "bubblewrap", "-o", self.home / "trajectory.json", "-c", "mini.yaml"),
            *(word for setting in settings for word in ("-c", setting)),
        )
        environment = {
            **clean_environment(self.home),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "MSWEA_CONFIGURED": "true",
            "MSWEA_COST_TRACKING": "ignore_errors",
            "MSWEA_SILENT_STARTUP": "1",
            "ANTHROPIC_API_KEY": "scripted",
            "ANTHROPIC_API_BASE": self.url,
        }
        log = self.home / "log"
        return _checked(run(argv, environment=environment, log=log), 0, log)


def clean_environment(home: Path) -> dict[str, str]:
    """Answer an environment without the settings of this machine's user."""
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
    return {"PATH": path, "HOME": str(home), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def _checked(cost: Cost, expected: int, log: Path) -> Cost:
    if cost.exit_code != expected:
        said = log.read_text(errors="replace")[-3000:]
        raise SystemExit(f"ended with code {cost.exit_code}, expected {expected}:\n{said}")
    return cost
