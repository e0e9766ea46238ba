"""`tamma demo`: the whole loop without an account."""

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tamma_config.layer import flags
from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.repository import RepositoryRef
from tamma_core.domain.task import TaskStatus

from tamma_cli import __version__
from tamma_cli.boundary import Boundary, execute
from tamma_cli.gathered import gathered
from tamma_cli.options import Common, NoSandbox, joined
from tamma_cli.outcome import exit_code, reason_and_hint
from tamma_cli.screen import Screen
from tamma_cli.wiring import Launch

if TYPE_CHECKING:
    from tamma_cli.demo.ending import Ending

EXAMPLES = """Examples:

  tamma demo

  tamma demo --keep --json | jq .verification

  ANTHROPIC_API_KEY=... tamma demo --live
"""
REAL = """Real here: the project, its git history and defect, the sandbox, the commands, the tests (red, then green),
the diff, the guards, the commit, the approval, the merge, the journal."""
REHEARSED = """Rehearsed: the model's words. It is a server on this machine that speaks Anthropic's wire protocol and answers
by looking at what it is sent. No account is needed, and nothing leaves this machine."""
LIVE = "The model is the configured one: what it says is its own, it costs what it costs, and it may fail."


@gathered
def demo(
    ctx: typer.Context,
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Use the configured model instead of the rehearsed one.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the project and the journal.")] = False,
    sandbox: NoSandbox = None,
    common: Common,
) -> None:
    """See the whole loop on a small real project, without an account."""
    options = joined(ctx, common)

    async def work(boundary: Boundary) -> int:
        folder = Path(tempfile.mkdtemp(prefix="tamma-demo-"))
        try:
            async with _launch(folder, options.config, sandbox, live=live) as launch:
                return await _demo(boundary, launch, folder, keep=keep, live=live)
        except SandboxUnavailable as error:
            hint = f"{error.hint}; or run other people's code without a wall: `tamma demo --sandbox none`"
            raise SandboxUnavailable(error.message, hint=hint.removeprefix("; or ")) from error
        finally:
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)

    execute(ctx, work, options)


@contextlib.asynccontextmanager
async def _launch(folder: Path, config: Path | None, sandbox: str | None, *, live: bool) -> AsyncIterator[Launch]:
    """Set up the configuration of this demonstration, and the model where it is rehearsed."""
    options = flags(
        {
            "--demo": (("store", "path"), str(folder / "store")),
            "--demo-poll": (("merge", "pollSeconds"), 0.5),
        }
    )
    if live:
        yield Launch(config=config, options=options, sandbox=sandbox)
        return
    from tamma_providers.testing.anthropic import ScriptedAnthropic
    from tamma_providers.testing.serving import serving

    from tamma_cli.demo.rehearsal import rehearsed

    # Of words, it would be masked wherever one of them is said.
    secret = secrets.token_hex(16)
    environ = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "PYENV_VERSION", "TMPDIR"}}
    async with serving(ScriptedAnthropic(rehearsed, key=secret, judges=False).app) as address:
        file = folder / "config.yaml"
        file.write_text(
            "# The configuration of this demonstration.\n"
            "aiProvider:\n  providers:\n    - name: rehearsed\n      type: anthropic-claude\n"
            f"      apiKey: {secret}\n      baseUrl: {address}\n      model: rehearsed\n"
            "      options: {contextTokens: 200000, outputTokens: 8192, price: {input: 0, output: 0}}\n"
        )
        file.chmod(0o600)
        yield Launch(environ=environ, home=folder, config=file, options=options, sandbox=sandbox)


async def _demo(boundary: Boundary, launch: Launch, folder: Path, *, keep: bool, live: bool) -> int:
    from tamma_config.snapshot import snapshot

    from tamma_cli.demo.ending import Ending, approvals, difference
    from tamma_cli.demo.project import make_project
    from tamma_cli.demo.stand_in import StandIn
    from tamma_cli.driving import Driver
    from tamma_cli.forges import PLAIN_GIT
    from tamma_cli.submission import file_issue, submit
    from tamma_cli.target import Target
    from tamma_cli.wiring import load_configuration, open_journal, open_session

    started = time.monotonic()
    screen = boundary.screen
    screen.say(f"tamma {__version__} · demo\n", style="bold")
    screen.say(f"{REAL}\n{LIVE if live else REHEARSED}\n")
    repository, issue = await make_project(folder)
    screen.say(f"project  {repository}\nissue    {issue}\n\n{_quoted(issue)}\n")
    configuration = load_configuration(boundary, launch)
    settings = snapshot(configuration)
    async with (
        open_journal(boundary, launch, configuration) as store,
        open_session(boundary, launch, configuration, store, settings) as session,
    ):
        target = Target(repository=RepositoryRef(PLAIN_GIT, str(repository)), issue_file=issue)
        task = await submit(session, target.repository, await file_issue(session, target), text="")
        decision = None if screen.interactive else StandIn(screen, store.journal)
        state = await Driver(session, screen, detach=False, decision=decision).drive(task)
        recorded = tuple(await store.journal.read(task))
    changed, log = await difference(repository, state)
    ending = Ending(
        state=state,
        approvals=approvals(recorded),
        difference=changed,
        log=log,
        sandbox=session.sandbox,
        model="the configured one" if live else "rehearsed",
        seconds=time.monotonic() - started,
        folder=folder,
        kept=keep,
    )
    _show(screen, ending)
    return exit_code(state)


def _show(screen: Screen, ending: "Ending") -> None:
    if screen.as_json:
        screen.row(ending.row())
        return
    screen.say("")
    for line in ending.lines():
        screen.data(line)
    if ending.state.status is TaskStatus.COMPLETED:
        screen.say("\nThe issue became a merged change.", style="bold green")
        return
    reason, hint = reason_and_hint(ending.state)
    screen.fail(f"the demonstration ended as {ending.state.status.value}: {reason}", hint)


def _quoted(issue: Path) -> str:
    return "\n".join(f"  │ {line}" for line in issue.read_text(encoding="utf-8").splitlines())
