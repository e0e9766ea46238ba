"""What goes where: data to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tamma_core.domain.masked_record import masked

from tamma_cli.terminal_text import safe

if TYPE_CHECKING:
    from rich.console import Console

JsonRow = Mapping[str, object]


class Screen:
    """Write to people and to programs; nothing that is written is ever taken for markup."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.mask: Callable[[str], str] = str
        self._console: Console | None = None

    @property
    def console(self) -> "Console":
        """Answer the console on standard error."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)
        return self._console

    @property
    def interactive(self) -> bool:
        """Tell whether a person can be asked: standard input and error are a terminal, and data is not wanted as JSON."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.as_json

    def say(self, text: str, *, style: str = "") -> None:
        """Tell the person at standard error."""
        self.console.print(safe(self.mask(text)), style=style or None)

    def warn(self, text: str) -> None:
        """Tell the person of something to look at."""
        self.say(f"warning: {text}", style="yellow")

    def fail(self, message: str, hint: str = "") -> None:
        """Say what went wrong and what to do."""
        self.say(f"error: {message}", style="bold red")
        if hint:
            self.say(f"hint: {hint}", style="yellow")

    def data(self, text: str) -> None:
        """Write to standard output."""
        sys.stdout.write(f"{safe(self.mask(text))}\n")
        sys.stdout.flush()

    def row(self, row: JsonRow) -> None:
        """Write one JSON object on a line of standard output; masked before, since a mask may take half an escape."""
        sys.stdout.write(f"{json.dumps(masked(row, self.mask), ensure_ascii=True, default=str)}\n")
        sys.stdout.flush()
