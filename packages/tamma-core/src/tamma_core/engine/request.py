"""The request of a task as text: what approvals are bound to, and what agents are shown."""

from msgspec.structs import replace

from tamma_core.agent.text import quote
from tamma_core.agent.unseen import visible
from tamma_core.domain.errors import Defect
from tamma_core.domain.events import IssueSelected
from tamma_core.domain.ids import Sha
from tamma_core.domain.repository import Issue, IssueState
from tamma_core.domain.state import TaskState
from tamma_core.engine.step import Escalate, StepContext

INSTRUCTION_FILES = ("AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md")
INSTRUCTION_LIMIT = 32_768
TITLE_LIMIT = 72


def selected(state: TaskState) -> IssueSelected:
    """Answer what was selected; it is there once the first step is done."""
    if state.selected is None:
        raise Defect(f"task {state.task.id} has selected nothing yet")
    return state.selected


def text_of(issue: Issue | None, task_text: str) -> str:
    """Answer the text that an approval is bound to."""
    return task_text if issue is None else f"{issue.title}\n\n{issue.body}"


def title_of(state: TaskState) -> str:
    """Answer one line that names the work."""
    issue = selected(state).issue
    line = issue.title if issue is not None else next(iter(state.task.text.strip().splitlines()), "")
    return " ".join(visible(line).split())[:TITLE_LIMIT]


def quoted_request(state: TaskState) -> str:
    """Write the request for a prompt, marked as data when other people wrote it."""
    issue = selected(state).issue
    if issue is None:
        return quote("task", state.task.text)
    return quote("issue", f"{issue.title}\n\n{issue.body}", author=issue.author)


async def read_issue(ctx: StepContext) -> Issue | None:
    """Read the task's issue as it is now; a secret of ours in it goes no further."""
    if ctx.state.task.issue is None:
        return None
    issue = await (await ctx.issue_source()).get_issue(ctx.state.task.issue)
    return replace(issue, title=ctx.mask(issue.title), body=ctx.mask(issue.body))


async def closed_issue(ctx: StepContext) -> Escalate | None:
    """Answer that a person closed the issue meanwhile: the plainest way to say stop."""
    issue = await read_issue(ctx)
    if issue is None or issue.state is IssueState.OPEN:
        return None
    return Escalate(
        reason=f"issue {issue.ref} was closed while it was worked on",
        hint="reopen it and `tamma resume` to go on, or `tamma tasks cancel`",
    )


async def instructions(ctx: StepContext, base: Sha) -> str:
    """Read the project's own instruction files from the base, never from a change."""
    workspace = await ctx.workspace()
    parts = []
    for name in INSTRUCTION_FILES:
        data = await workspace.read_file(base, name, INSTRUCTION_LIMIT)
        if data:
            parts.append(quote("file", ctx.mask(data.decode(errors="replace")), author=name, limit=INSTRUCTION_LIMIT))
    return "The project's own instructions, from its base branch:\n" + "\n".join(parts) if parts else ""
