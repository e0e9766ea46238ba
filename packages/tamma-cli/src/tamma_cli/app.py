"""Hold the commands of `tamma` in one Typer application."""

from typing import Annotated

import typer

from tamma_cli import __version__

app = typer.Typer(
    name="tamma",
    help="Take an issue to a merged pull request, unattended.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 -- the shape that Typer calls an option's callback with
    if wanted:
        typer.echo(f"tamma {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take an issue to a merged pull request, unattended."""
