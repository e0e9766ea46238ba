"""Keep the one comment of an issue that says how its task stands."""

from typing import assert_never

from tamma_core.domain.effects import ShowStatus
from tamma_core.domain.errors import ConditionFailed, LeaseLost, SaidStop, TammaError
from tamma_core.domain.events import TaskCompleted, WaitFor
from tamma_core.domain.ids import EffectKey
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName
from tamma_core.engine.step import Done, Escalate, Fail, Retry, StepContext, StepResult, Wait
from tamma_core.engine.texts import status_comment

_PLANNING = frozenset({StepName.ANALYSE, StepName.PLAN, StepName.APPROVE})
_MAKING = frozenset({StepName.BRANCH, StepName.IMPLEMENT, StepName.VERIFY, StepName.REVIEW})
_PROPOSING = frozenset({StepName.PULL_REQUEST, StepName.MONITOR, StepName.MERGE})


async def show_work(ctx: StepContext, step: StepName) -> None:
    """Say what is being done, where that is another thing than before."""
    if step in _PLANNING:
        await _show(ctx, "reads the issue and makes a plan")
    elif step in _MAKING:
        number = max(1, ctx.state.attempts + (ctx.state.attempt is None))
        await _show(ctx, f"makes the change, attempt {number} of {ctx.state.settings.limits.attempts}")
    elif step in _PROPOSING:
        await _show(ctx, "proposes the change and has it checked")


async def show_result(ctx: StepContext, result: StepResult) -> None:
    """Say what a step came to, before it is journaled: so it is also said if we die between the two."""
    match result:
        case Done():
            for event in result.events:
                if isinstance(event, TaskCompleted):
                    await _show(ctx, "is done", event.summary)
        case Wait():
            answered = result.wait_for is WaitFor.APPROVAL
            hint = "the question has a comment of its own, which says how to answer" if answered else ""
            await _show(ctx, "waits", result.reason, hint)
        case Escalate():
            await _show(ctx, "stopped and needs a person", result.reason, result.hint)
        case Fail():
            await _show(ctx, "gave up", result.reason, result.hint)
        case Retry():
            pass  # it passes, or becomes one of the others
        case _:
            assert_never(result)


async def _show(ctx: StepContext, headline: str, reason: str = "", hint: str = "") -> None:
    """Have the comment say this; that it cannot be said must not hide the reason, nor stop the work."""
    task = ctx.state.task
    if task.issue is None or ctx.state.settings.dry_run:
        return
    body = ctx.mask(status_comment(headline, reason, hint, task.id))
    try:
        # One that was begun before a death is finished first.
        for _ in range(2):
            said, number = _said(ctx.state)
            if said != body:
                await ctx.perform(ShowStatus(key=EffectKey(f"status:{number}"), issue=task.issue, body=body))
    except (LeaseLost, ConditionFailed):
        raise
    except SaidStop:
        return  # no word to the forge while all work of this machine stops
    except Exception as error:  # noqa: BLE001 -- an adapter's, too
        why = error.message if isinstance(error, TammaError) else f"{type(error).__name__}: {error}"
        await ctx.say(f"the issue could not be told: {why}", level="warning")


def _said(state: TaskState) -> tuple[str, int]:
    """Answer what the comment says by the journal, and how often it was changed."""
    done = [
        record.effect.body
        for record in state.effects.values()
        if isinstance(record.effect, ShowStatus) and record.outcome is not None
    ]
    return (done[-1] if done else "", len(done))
