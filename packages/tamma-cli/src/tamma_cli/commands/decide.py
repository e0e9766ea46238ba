"""`tamma approve` and `tamma reject`: decide what a task waits for."""

from typing import Annotated

import typer
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.events import Event
from tamma_core.domain.plan import HASH_DIGITS
from tamma_core.domain.state import TaskState

from tamma_cli.boundary import OK, Boundary, execute
from tamma_cli.decision import Shown, person, present, record
from tamma_cli.gathered import gathered
from tamma_cli.keeping import fit_to_keep
from tamma_cli.options import Common, TaskName, joined
from tamma_cli.outcome import question, summary
from tamma_cli.task_name import find_task
from tamma_cli.wiring import Launch, open_journal

APPROVE_EXAMPLES = """Example:

  tamma tasks show 3F9K2Q        shows the plan and its hash

  tamma approve 3F9K2Q 0d5ab6f0c1e27b3948e6d2f05a9c1b74
"""
REJECT_EXAMPLES = """Example:

  tamma reject 3F9K2Q 0d5ab6f0c1e27b3948e6d2f05a9c1b74 --reason "wrong file"
"""
Hash = Annotated[str, typer.Argument(metavar="HASH", help="The hash of the plan or change that you saw.")]


@gathered
def approve(
    ctx: typer.Context,
    task: TaskName,
    name: Hash,
    *,
    common: Common,
) -> None:
    """Approve the plan or the change that a task waits for, named by its hash."""
    options = joined(ctx, common)

    async def work(boundary: Boundary) -> int:
        return await _decide(boundary, Launch(config=options.config), task, name, reason=None)

    execute(ctx, work, options)


@gathered
def reject(
    ctx: typer.Context,
    task: TaskName,
    name: Hash,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")] = "",
    common: Common,
) -> None:
    """Reject the plan or the change that a task waits for, named by its hash."""
    options = joined(ctx, common)

    async def work(boundary: Boundary) -> int:
        return await _decide(boundary, Launch(config=options.config), task, name, reason=reason)

    execute(ctx, work, options)


async def _decide(boundary: Boundary, launch: Launch, named: str, name: str, *, reason: str | None) -> int:
    """Record a decision; nobody can decide about what does not wait."""
    async with open_journal(boundary, launch) as store:
        task = await find_task(store.journal, named)
        state = await present(store.journal, task)
        _check(state, name)
        shown = Shown(state)
        by = person()
        if reason is None:
            event: Event = shown.approval(by=by, via="cli")
        else:
            kept = fit_to_keep(boundary, reason, "`--reason`")
            event = shown.rejection(by=by, via="cli", reason=kept)
        await record(store.journal, shown, event)
        state = await present(store.journal, task)
    done = "approved" if reason is None else "rejected"
    if boundary.screen.as_json:
        boundary.screen.row(summary(state))
    else:
        boundary.screen.data(f"{done} {shown.subject.value} {name} of task {task}")
        boundary.screen.say(f"`tamma resume {task}` goes on, where no other process does", style="dim")
    return OK


def _check(state: TaskState, name: str) -> None:
    waits = question(state)
    if not waits:
        raise InvalidInput(
            f"task {state.task.id} waits for no decision ({state.status.value})", hint="`tamma tasks show`"
        )
    if name != waits:
        raise InvalidInput(
            f"task {state.task.id} waits for a decision about {waits}, not {name}",
            hint=f"look at it first: `tamma tasks show {state.task.id}`",
        )
    if len(name) < HASH_DIGITS:
        raise InvalidInput(
            f"{name} is a name that an older Tamma gave, too short to tell plans apart for certain",
            hint=f"`tamma resume {state.task.id}` asks again by the whole name",
        )
