"""Tell a forge that locks us out from somebody who speaks in its place."""

from tamma_core.domain.errors import AuthenticationFailed
from tamma_core.domain.task import StepName
from tamma_core.engine.step import Escalate, Retry, StepContext
from tamma_core.ports.journal import TaskFilter
from tamma_core.ports.tape import heard

LOOKED_AT = 20
"""Tasks of each status in whose rows a sign of an answer is looked for."""


async def locked_out(ctx: StepContext, error: AuthenticationFailed, hint: str) -> Retry | Escalate:
    """Have a person look; what may be a proxy's word is tried again where the journal says that this forge answered before.

    For the first task of a repository a wrong address or token is likelier than a proxy that speaks just now.
    """
    if error.doubtful and (ctx.state.selections or await _answered_others(ctx)):
        return Retry(reason=error.message, hint=error.hint)
    return Escalate(reason=error.message, hint=error.hint or hint)


async def _answered_others(ctx: StepContext) -> bool:
    """Tell whether another task of the repository got past its first step, which asks the forge for issue and base."""
    selection = TaskFilter(repository=str(ctx.state.task.repository), limit=LOOKED_AT)

    async def look() -> bool:
        rows = await ctx.ports.journal.summaries(selection)
        return any(row.step not in {None, StepName.SELECT} for row in rows)

    return await heard("earlier tasks", str(ctx.state.task.repository), look, bool)
