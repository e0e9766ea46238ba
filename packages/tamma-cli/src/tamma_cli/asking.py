"""Ask the person at the terminal."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession


def prompt_session() -> "PromptSession[str]":
    """Make a prompt that writes to standard error, since standard output is for data."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.output import create_output

    return PromptSession(output=create_output(stdout=sys.stderr))


async def choose(question: str, answers: Sequence[str]) -> str | None:
    """Ask until the answer begins as one of those offered; none when the person leaves by Ctrl-C or Ctrl-D."""
    session = prompt_session()
    offered = "/".join(answers)
    while True:
        try:
            # The handler of signals belongs to whoever drives the task; Ctrl-C arrives here as a key.
            said = await session.prompt_async(f"{question} [{offered}] ", handle_sigint=False)
        except (KeyboardInterrupt, EOFError):
            return None
        found = [answer for answer in answers if said.strip() and answer.startswith(said.strip().lower())]
        if len(found) == 1:
            return found[0]
