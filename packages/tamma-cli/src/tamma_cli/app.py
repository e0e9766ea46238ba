"""Hold the commands of `tamma` in one Typer application."""

import os
from typing import Annotated

import typer

from tamma_cli import __version__
from tamma_cli.boundary import MISUSED
from tamma_cli.commands import decide, demo, doctor, replay, resume, run, tasks
from tamma_cli.options import Common, ConfigFile, Debug
from tamma_cli.screen import Screen

LATER_MODES = ("service", "web", "orchestrator", "worker")
MODES = ("standalone", "cli", *LATER_MODES)
EXAMPLES = """Examples:

  tamma demo                                         see the whole loop without an account

  tamma run --issue https://git.example.com/team/shop/issues/12

  tamma run --repo ../shop --task "Round totals half up"

  tamma tasks list

  tamma resume
"""

app = typer.Typer(
    name="tamma",
    help="Take an issue to a merged pull request, unattended.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog=EXAMPLES,
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 -- the shape that Typer calls an option's callback with
    if wanted:
        typer.echo(f"tamma {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    ctx: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback has answered already
        bool, typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    mode: Annotated[
        str | None,
        typer.Option("--mode", metavar="MODE", help="`standalone` (or `cli`); the others are not there yet."),
    ] = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Take an issue to a merged pull request, unattended."""
    ctx.obj = Common(config=config, debug=debug)
    if ctx.invoked_subcommand is None and mode is None:
        Screen().say(ctx.get_help())
        ctx.exit(MISUSED)
    _check_mode(ctx, mode or os.environ.get("TAMMA_MODE", ""), "`--mode`" if mode else "`TAMMA_MODE`")


def _check_mode(ctx: typer.Context, mode: str, source: str) -> None:
    if mode in LATER_MODES:
        Screen().fail(
            f"mode `{mode}`, asked for by {source}, is not there yet",
            "`standalone` runs one task in this process: `tamma run`",
        )
        ctx.exit(MISUSED)
    if mode and mode not in MODES:
        Screen().fail(f"there is no mode `{mode}`, asked for by {source}", f"use one of: {', '.join(MODES)}")
        ctx.exit(MISUSED)
    if ctx.invoked_subcommand is None:
        Screen().fail("no command was given", "`standalone` runs one task in this process: `tamma run`")
        ctx.exit(MISUSED)


app.command("run", epilog=run.EXAMPLES)(run.run)
app.command("resume", epilog=resume.EXAMPLES)(resume.resume)
app.add_typer(tasks.app, name="tasks")
app.command("replay", epilog=replay.EXAMPLES)(replay.replay)
app.command("approve", epilog=decide.APPROVE_EXAMPLES)(decide.approve)
app.command("reject", epilog=decide.REJECT_EXAMPLES)(decide.reject)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
