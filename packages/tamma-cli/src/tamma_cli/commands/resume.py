"""`tamma resume`: go on with a task that waits, was parked, or was interrupted."""

from dataclasses import replace
from typing import Annotated

import typer
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.events import TaskResumed
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import Limits, TaskStatus

from tamma_cli.boundary import Boundary, execute
from tamma_cli.decision import person, present
from tamma_cli.driving import Driver
from tamma_cli.options import (
    AsJson,
    Attempts,
    Budget,
    ConfigFile,
    Debug,
    Detach,
    NoSandbox,
    Steps,
    Tokens,
    common,
)
from tamma_cli.outcome import report
from tamma_cli.task_name import find_task, only_unfinished
from tamma_cli.wiring import Launch, load_configuration, open_journal, open_session

EXAMPLES = """Examples:

  tamma resume

  tamma resume 3F9K2Q --budget 10 --detach
"""


def resume(  # noqa: PLR0913 - as many as the command has options
    ctx: typer.Context,
    task: Annotated[
        str | None, typer.Argument(metavar="[TASK]", help="The task; else the only unfinished one.")
    ] = None,
    *,
    detach: Detach = False,
    sandbox: NoSandbox = None,
    budget: Budget = None,
    tokens: Tokens = None,
    steps: Steps = None,
    attempts: Attempts = None,
    config: ConfigFile = None,
    debug: Debug = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a task that waits, was parked, or was interrupted; limits can be raised."""
    options = common(ctx, config, debug=debug)
    launch = Launch(config=options.config, sandbox=sandbox)
    given = {"cost_usd": budget, "tokens": tokens, "steps": steps, "attempts": attempts}

    async def work(boundary: Boundary) -> int:
        return await resume_task(boundary, launch, task, given, detach=detach)

    execute(ctx, work, options, as_json=as_json)


async def resume_task(
    boundary: Boundary, launch: Launch, name: str | None, given: dict[str, float | int | None], *, detach: bool
) -> int:
    """Let a task go on, with other limits if any are given, and answer the exit code."""
    configuration = load_configuration(boundary, launch)
    async with open_journal(boundary, launch, configuration) as store:
        task = await (find_task(store.journal, name) if name else only_unfinished(store.journal))
        state = await present(store.journal, task)
        if state.status.ended:
            raise InvalidInput(f"task {task} has ended: {state.status.value}", hint="`tamma run` begins a new one")
        limits = _raised(state, given)
        async with open_session(boundary, launch, configuration, store, state.task.settings) as session:
            if state.status is TaskStatus.PAUSED or limits is not None:
                await store.journal.signal(task, [TaskResumed(by=person(), limits=limits)])
            boundary.screen.say(f"task {task} · {state.task.repository}")
            state = await Driver(session, boundary.screen, detach=detach).drive(task)
    return report(boundary.screen, state)


def _raised(state: TaskState, given: dict[str, float | int | None]) -> Limits | None:
    """Answer the task's limits with those that were given, or none where none was."""
    from decimal import Decimal

    changed = {key: value for key, value in given.items() if value is not None}
    if not changed:
        return None
    old = state.task.settings.limits
    cost = changed.get("cost_usd")
    return replace(
        old,
        cost_usd=old.cost_usd if cost is None else Decimal(str(cost)),
        tokens=int(changed.get("tokens", 0)) or old.tokens,
        steps=int(changed.get("steps", old.steps)),
        attempts=int(changed.get("attempts", old.attempts)),
    )
