"""Text of others on a terminal or in the log of a CI job: it can only be shown."""

import re

from tamma_core.agent.unseen import shown

# GitHub, Gitea, Azure Pipelines and TeamCity obey such lines of a job's output.
_JOB_COMMAND = re.compile(r"^([^\S\n]*:)(?=:)|(?<=##)(?=\[|vso\[|teamcity\[)", re.MULTILINE)


def safe(text: str) -> str:
    """Write text so that whoever reads it can only show it: nothing moves, colours, hides, reorders or commands."""
    return _JOB_COMMAND.sub(lambda match: f"{match[1] or ''}\\", shown(text))


def one_line(text: str, limit: int = 200) -> str:
    """Write the text on one line, cut at a limit."""
    line = safe(" ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
