"""See who says stop: a file on this machine, a label, or what people closed or took off on the forge."""

import os
from datetime import datetime
from pathlib import Path

from tamma_core.domain.errors import NotNow, SaidStop
from tamma_core.domain.pull_request import PullRequestState
from tamma_core.domain.repository import IssueState
from tamma_core.domain.state import TaskState
from tamma_core.guards.quiet_hours import quiet_until
from tamma_core.ports.git_platform import GitPlatform, IssueSource, ListsLabels
from tamma_core.ports.tape import heard

STOP_LABEL = "tamma:stop"
"""On an issue, it stops the work on that issue."""
STOP_ALL_LABEL = "tamma:stop-all"
"""Among the labels of a repository, it stops all work in it."""
_MOST_CHARS = 200


async def check_file(file: Path | None) -> None:
    """Raise `SaidStop` while the stop file is there; one that cannot be looked for counts as there."""

    async def look() -> str | None:
        return None if file is None else _said_in(file)

    said = await heard("stop file", "", look, str | None)
    if said is not None:
        raise SaidStop(
            f"the stop file of this machine says stop{said and ': '}{said}",
            hint=f"remove `{file}`, then `tamma resume`",
            silent=True,
        )


def check_hours(state: TaskState, now: datetime) -> None:
    """Raise `NotNow` in quiet hours."""
    until = quiet_until(now, state.settings.rules.quiet_hours)
    if until is not None:
        raise NotNow(f"quiet hours until {until:%Y-%m-%d %H:%M} UTC", until=until)


async def check_forge(state: TaskState, platform: GitPlatform, issues: IssueSource | None) -> None:
    """Raise `SaidStop` when people said stop on the forge; each is asked for now."""
    await _check_repository(state, platform)
    issue = None if state.task.issue is None or issues is None else await issues.get_issue(state.task.issue)
    if issue is not None and STOP_LABEL in issue.labels:
        raise SaidStop(
            f"issue {issue.ref} carries the label `{STOP_LABEL}`", hint="take the label off, then `tamma resume`"
        )
    # After the issue: a merge closes that by itself.
    if state.merged is not None or await _is_merged(state, platform) or issue is None:
        return
    if issue.state is IssueState.CLOSED:
        raise SaidStop(
            f"issue {issue.ref} was closed while it was worked on",
            hint="reopen it and `tamma resume` to go on, or `tamma tasks cancel`",
        )
    missing = [label for label in state.settings.rules.required_labels if label not in issue.labels]
    if missing:
        raise SaidStop(
            f"issue {issue.ref} does not carry the label `{missing[0]}`, which the rules demand",
            hint="put the label on, then `tamma resume`, or `tamma tasks cancel`",
        )


async def _check_repository(state: TaskState, platform: GitPlatform) -> None:
    if not isinstance(platform, ListsLabels):
        return
    if STOP_ALL_LABEL in await platform.list_labels(state.task.repository):
        raise SaidStop(
            f"{state.task.repository} has the label `{STOP_ALL_LABEL}`, which stops all work there",
            hint="delete the label from the repository, then `tamma resume`",
        )


async def _is_merged(state: TaskState, platform: GitPlatform) -> bool:
    if state.pull_request is None:
        return False
    found = await platform.get_pull_request(state.task.repository, state.pull_request.number)
    if found.state is PullRequestState.CLOSED:
        raise SaidStop(
            f"somebody closed the pull request #{found.number}",
            hint="reopen it and `tamma resume` to go on, or `tamma tasks cancel`",
        )
    return found.state is PullRequestState.MERGED


def _said_in(file: Path) -> str | None:
    try:
        os.lstat(file)
        with file.open(errors="replace") as stream:
            return " ".join(stream.read(_MOST_CHARS).split())
    except FileNotFoundError:
        return "" if file.is_symlink() else None
    except OSError:
        return ""
