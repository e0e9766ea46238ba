"""Options that several commands share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Configuration file.")]
Debug = Annotated[bool, typer.Option("--debug", help="Write a verbose log to a file, and show tracebacks.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Approve the plan unseen. The change itself is still checked.")]
Detach = Annotated[bool, typer.Option("--detach", help="Leave as soon as the task waits; `tamma resume` goes on.")]
NoSandbox = Annotated[
    str | None,
    typer.Option(
        "--sandbox", metavar="LEVEL", help="`auto`, `bubblewrap`, or `none`: no wall around other people's code."
    ),
]
Budget = Annotated[float | None, typer.Option("--budget", metavar="USD", min=0, help="What the task may cost at most.")]
Tokens = Annotated[int | None, typer.Option("--tokens", min=1, help="How many tokens the task may use at most.")]
Steps = Annotated[int | None, typer.Option("--steps", min=1, help="How many answers of a model one step may take.")]
Attempts = Annotated[int | None, typer.Option("--attempts", min=1, help="How many attempts the task may make.")]
TaskName = Annotated[str, typer.Argument(metavar="TASK", help="A task's id, or enough of its beginning or end.")]


@dataclass(slots=True)
class Common:
    """Hold what was given before the command; a command's own options win."""

    config: Path | None = None
    debug: bool = False


def common(ctx: typer.Context, config: Path | None, *, debug: bool) -> Common:
    """Join the options before and after the command's name."""
    before = ctx.find_object(Common) or Common()
    return Common(config=config or before.config, debug=debug or before.debug)
