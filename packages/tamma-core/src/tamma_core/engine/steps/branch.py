"""Name the branch, and make sure that the approved plan still fits the base."""

import re
import unicodedata

from tamma_core.domain.errors import Defect
from tamma_core.domain.events import BranchNamed, IssueSelected
from tamma_core.domain.ids import Sha
from tamma_core.domain.state import TaskState
from tamma_core.engine.request import selected, title_of
from tamma_core.engine.step import Done, StepContext, StepResult

SLUG_LIMIT = 32


async def run(ctx: StepContext) -> StepResult:
    """Plan anew when the base moved under files of the plan; else name the branch."""
    chosen = selected(ctx.state)
    workspace = await ctx.workspace()
    present = await workspace.fetch(chosen.base)
    if present != chosen.base_sha:
        moved = await _moved_files(ctx, chosen.base_sha, present)
        if moved:
            await ctx.say(f"the base moved under {', '.join(moved[:3])}; planning again", level="warning")
            return Done((IssueSelected(issue=chosen.issue, base=chosen.base, base_sha=present),))
    name = branch_name(ctx.state)
    await ctx.say(f"branch `{name}`")
    return Done((BranchNamed(branch=name),))


async def _moved_files(ctx: StepContext, old: Sha, new: Sha) -> list[str]:
    plan = ctx.state.plan
    if plan is None:
        raise Defect("a branch needs a plan")
    changes = await (await ctx.workspace()).changes(old, new)
    touched = {change.path for change in changes.changes} | {change.old_path for change in changes.changes}
    return sorted(set(plan.files) & {path for path in touched if path})


def branch_name(state: TaskState) -> str:
    """Make a branch name of issue, title and task, the last so that no other task has it."""
    ascii_title = unicodedata.normalize("NFKD", title_of(state)).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_title)[:SLUG_LIMIT].strip("-")
    issue = re.sub(r"[^a-z0-9]+", "-", state.task.issue.key.lower())[:16].strip("-") if state.task.issue else ""
    unique = state.task.id[-6:].lower()
    return state.settings.branch_prefix + "-".join(part for part in (issue, slug, unique) if part)
