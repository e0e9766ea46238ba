"""Leave an issue alone that a task has worked on before, until a person says that it is to be tried again."""

import asyncio

from tamma_core.domain.events import TaskResumed
from tamma_core.domain.repository import Comment, IssueRef
from tamma_core.domain.task import TaskStatus
from tamma_core.engine.commands import retries_in
from tamma_core.engine.step import Ports
from tamma_core.ports.journal import TaskFilter, TaskSummary


async def last_task(ports: Ports, issue: IssueRef) -> TaskSummary | None:
    """Answer the newest task of an issue, however it stands."""
    rows = await ports.journal.summaries(TaskFilter(issue=issue, limit=1))
    return rows[0] if rows else None


async def gesture(ports: Ports, issue: IssueRef, last: TaskSummary) -> Comment | None:
    """Answer the newest `/tamma retry` since the task stopped, of somebody who may write, that was not obeyed yet.

    A task that waits, runs, or was killed while it ran is in nobody's way: `tamma resume` goes on with it.
    """
    if not (last.status.ended or last.status is TaskStatus.PAUSED):
        return None
    platform = await ports.forges.platform(issue.repository.forge)
    comments = await (await ports.forges.issues(issue.source)).list_issue_comments(issue)
    recorded = await ports.journal.read(last.id, types=frozenset({"task_resumed"}))
    obeyed = {item.event.comment for item in recorded if isinstance(item.event, TaskResumed)}
    stopped = last.updated_at.replace(microsecond=0)  # forges tell whole seconds
    said = await asyncio.to_thread(retries_in, comments, ourselves=await platform.current_user())
    for comment in reversed(said):
        if comment.created_at < stopped or comment.id in obeyed:
            continue
        if (await platform.get_permission(issue.repository, comment.author)).may_write:
            return comment
    return None
