"""Have the guard look at a commit before anybody else does."""

from tamma_core.domain.events import AttemptStarted, CandidateMade
from tamma_core.domain.guard import Verdict
from tamma_core.domain.ids import Sha
from tamma_core.domain.review import ThreadAnswer
from tamma_core.domain.task import StepName
from tamma_core.engine.step import Done, Escalate, StepContext
from tamma_core.engine.texts import guard_reasons
from tamma_core.guards.diff_guard import inspect
from tamma_core.guards.protected_paths import is_ci_path
from tamma_core.workspace.workspace import Workspace

_MOST_CI_FILES = 200
_CI_FILE_BYTES = 1 << 18


async def judge(
    ctx: StepContext, sha: Sha, attempt: AttemptStarted, summary: str, answers: tuple[ThreadAnswer, ...] = ()
) -> Done | Escalate:
    """Have the guard look at the whole change; what it refuses goes nowhere."""
    base, workspace = ctx.state.base_sha, await ctx.workspace()
    ci_text, unread = await ci_configuration(workspace, base)
    report = await inspect(await workspace.changes(base, sha), ctx.guard(), ci_text, ci_unread=unread)
    if report.verdict is Verdict.REFUSE:
        return await ctx.refuse(
            StepName.IMPLEMENT,
            reason="the guard refuses the change: " + "; ".join(guard_reasons(report)),
            hint="`tamma tasks show` tells more; `tamma resume` tries again, `tamma tasks cancel` gives up",
        )
    if report.diff_hash in ctx.state.rejected_diffs:
        return await ctx.refuse(
            StepName.IMPLEMENT,
            reason=f"the change is the rejected one to the letter: {report.diff_hash}",
            hint="say in the issue what is wanted instead, then `tamma resume`, or `tamma tasks cancel`",
        )
    await ctx.say(f"commit {sha[:12]}: guard says {report.verdict.value}")
    return Done((CandidateMade(sha=sha, attempt=attempt.number, guard=report, summary=summary, answers=answers),))


async def ci_configuration(workspace: Workspace, base: Sha) -> tuple[str, str]:
    """Read how the base configures continuous integration, which tells the scripts that it runs, and say what was left out."""
    paths = [path for path in await workspace.list_files(base) if is_ci_path(path)]
    texts = {path: await workspace.read_file(base, path, _CI_FILE_BYTES + 1) for path in paths[:_MOST_CI_FILES]}
    unread = f"continuous integration has {len(paths)} files" if len(paths) > _MOST_CI_FILES else ""
    for path, text in texts.items():
        if text and len(text) > _CI_FILE_BYTES:
            unread = f"`{path}` has more than {_CI_FILE_BYTES} bytes"
    return "\n".join(text.decode(errors="replace") for text in texts.values() if text), unread
