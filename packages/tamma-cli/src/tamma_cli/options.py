"""Options that several commands share."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from tamma_config.layer import Layer, flags
from tamma_config.tree import Path as SettingPath
from tamma_core.domain.record import Record
from tamma_core.domain.task import Limits

ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Configuration file.")]
Debug = Annotated[bool, typer.Option("--debug", help="Write a verbose log to a file, and show tracebacks.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Approve the plan unseen. The change itself is still checked.")]
Detach = Annotated[bool, typer.Option("--detach", help="Leave as soon as the task waits; `tamma resume` goes on.")]
NoSandbox = Annotated[
    str | None,
    typer.Option(
        "--sandbox",
        metavar="LEVEL",
        help="`auto`, `bubblewrap`, `landlock`, `container`, or `none`: no wall around other people's code.",
    ),
]
Budget = Annotated[float | None, typer.Option("--budget", metavar="USD", min=0, help="What the task may cost at most.")]
Tokens = Annotated[int | None, typer.Option("--tokens", min=1, help="How many tokens the task may use at most.")]
Steps = Annotated[int | None, typer.Option("--steps", min=1, help="How many answers of a model one step may take.")]
Attempts = Annotated[int | None, typer.Option("--attempts", min=1, help="How many attempts the task may make.")]
TaskName = Annotated[str, typer.Argument(metavar="TASK", help="A task's id, or enough of its beginning or end.")]


class Common(Record, frozen=True, kw_only=True):
    """Hold what every command may be given, also before its name; a command's own options win."""

    config: ConfigFile = None
    debug: Debug = False
    as_json: AsJson = False


class LimitOptions(Record, frozen=True, kw_only=True):
    """Hold the limits that a command was given for its task."""

    budget: Budget = None
    tokens: Tokens = None
    steps: Steps = None
    attempts: Attempts = None

    def layer(self) -> Layer:
        """Answer them as settings of the command line."""
        given: dict[str, tuple[SettingPath, object]] = {
            "--budget": (("limits", "costUsd"), self.budget),
            "--tokens": (("limits", "tokens"), self.tokens),
            "--steps": (("limits", "steps"), self.steps),
            "--attempts": (("limits", "attempts"), self.attempts),
        }
        return flags({name: place for name, place in given.items() if place[1] is not None})

    def raised(self, old: Limits) -> Limits | None:
        """Answer a task's limits with those that were given, or none where none was."""
        if self == LimitOptions():
            return None
        return replace(
            old,
            cost_usd=old.cost_usd if self.budget is None else Decimal(str(self.budget)),
            tokens=old.tokens if self.tokens is None else self.tokens,
            steps=old.steps if self.steps is None else self.steps,
            attempts=old.attempts if self.attempts is None else self.attempts,
        )


def joined(ctx: typer.Context, own: Common) -> Common:
    """Join the options before and after the command's name."""
    before = ctx.find_object(Common) or Common()
    return Common(config=own.config or before.config, debug=own.debug or before.debug, as_json=own.as_json)
