"""A rehearsed model, and the small project that it knows, for the commands to work with."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from tamma_cli.demo.project import make_project
from tamma_cli.demo.rehearsal import rehearsed
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.replies import Broken, Reply
from tamma_providers.testing.serving import serving

TAMMA = str(Path(sys.executable).parent / "tamma")
KEY = "a-key-that-must-not-be-shown"
CONFIG = """
aiProvider:
  providers:
    - name: rehearsed
      type: anthropic-claude
      apiKey: ${{ANTHROPIC_API_KEY}}
      baseUrl: {address}
      model: rehearsed
      options: {{contextTokens: 200000, outputTokens: 8192, price: {{input: 1, output: 1}}}}
merge: {{settleSeconds: 0, pollSeconds: 0.3}}
"""


class Ended(Record, frozen=True):
    """Hold how a command ended."""

    code: int
    out: str
    err: str


class Bench(Record, frozen=True, kw_only=True):
    """Hold a project, an issue about it, and the environment in which `tamma` finds the model."""

    repository: Path
    issue: Path
    environment: Mapping[str, str]
    stall: asyncio.Event
    """While set, the model begins to answer and then says nothing more."""
    stalled: asyncio.Event
    """Set as soon as the model was asked for such an answer."""

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start a command with nobody at the terminal."""
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            TAMMA, *arguments, env=self.environment, stdin=pipe, stdout=pipe, stderr=pipe, cwd=self.repository
        )

    async def run(self, *arguments: str, stdin: str = "") -> Ended:
        """Run a command to its end."""
        process = await self.start(*arguments)
        out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 90)
        return Ended(process.returncode or 0, out.decode(), err.decode())


@contextlib.asynccontextmanager
async def rehearsed_bench(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[Bench]:
    """Make the project and serve the model on loopback."""
    stall, stalled = asyncio.Event(), asyncio.Event()

    def respond(request: JsonObject) -> Reply:
        if not stall.is_set():
            return rehearsed(request)
        stalled.set()
        return Broken(how="stall", after_events=2)

    repository, issue = await make_project(folder)
    async with serving(ScriptedAnthropic(respond, key=KEY).app) as address:
        config = Path(environment["HOME"]) / ".tamma" / "config.yaml"
        config.parent.mkdir()
        config.write_text(CONFIG.format(address=address))
        yield Bench(
            repository=repository,
            issue=issue,
            environment={**environment, "ANTHROPIC_API_KEY": KEY},
            stall=stall,
            stalled=stalled,
        )
