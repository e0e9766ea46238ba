"""`tamma resume`: go on with a task that waits, was parked, or was interrupted."""

from typing import Annotated

import typer
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.events import TaskResumed
from tamma_core.domain.task import TaskStatus

from tamma_cli.boundary import Boundary, execute
from tamma_cli.decision import person, present
from tamma_cli.driving import Driver
from tamma_cli.gathered import gathered
from tamma_cli.options import Common, Detach, LimitOptions, NoSandbox, joined
from tamma_cli.outcome import report
from tamma_cli.task_name import find_task, only_unfinished
from tamma_cli.wiring import Launch, load_configuration, open_journal, open_session

EXAMPLES = """Examples:

  tamma resume

  tamma resume 3F9K2Q --budget 10 --detach
"""


@gathered
def resume(
    ctx: typer.Context,
    task: Annotated[
        str | None, typer.Argument(metavar="[TASK]", help="The task; else the only unfinished one.")
    ] = None,
    *,
    detach: Detach = False,
    sandbox: NoSandbox = None,
    limits: LimitOptions,
    common: Common,
) -> None:
    """Go on with a task that waits, was parked, or was interrupted; limits can be raised."""
    options = joined(ctx, common)
    launch = Launch(config=options.config, sandbox=sandbox)

    async def work(boundary: Boundary) -> int:
        return await resume_task(boundary, launch, task, limits, detach=detach)

    execute(ctx, work, options)


async def resume_task(
    boundary: Boundary, launch: Launch, name: str | None, limits: LimitOptions, *, detach: bool
) -> int:
    """Let a task go on, with other limits if any are given, and answer the exit code."""
    configuration = load_configuration(boundary, launch)
    async with open_journal(boundary, launch, configuration) as store:
        task = await (find_task(store.journal, name) if name else only_unfinished(store.journal))
        state = await present(store.journal, task)
        if state.status.ended:
            raise InvalidInput(f"task {task} has ended: {state.status.value}", hint="`tamma run` begins a new one")
        raised = limits.raised(state.task.settings.limits)
        async with open_session(boundary, launch, configuration, store, state.task.settings) as session:
            if state.status is TaskStatus.PAUSED or raised is not None:
                await store.journal.signal(task, [TaskResumed(by=person(), limits=raised)])
            boundary.screen.say(f"task {task} · {state.task.repository}")
            state = await Driver(session, boundary.screen, detach=detach).drive(task)
    return report(boundary.screen, state)
