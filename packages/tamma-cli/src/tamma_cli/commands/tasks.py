"""`tamma tasks`: look at tasks, and end one."""

from collections.abc import Iterator
from typing import Annotated

import typer
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.events import TaskCancelled
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import TaskStatus
from tamma_core.ports.journal import TaskFilter, TaskSummary

from tamma_cli.boundary import OK, Boundary, execute
from tamma_cli.decision import person, present
from tamma_cli.gathered import gathered
from tamma_cli.keeping import fit_to_keep
from tamma_cli.options import Common, TaskName, joined
from tamma_cli.outcome import commands_line, money, network_lines, reason_and_hint, summary, title
from tamma_cli.plan_text import readable as readable_plan
from tamma_cli.screen import JsonRow
from tamma_cli.task_name import find_task
from tamma_cli.terminal_text import one_line
from tamma_cli.transcript import read_turns, readable
from tamma_cli.wiring import Launch, open_journal

app = typer.Typer(help="Look at tasks, and end one.", no_args_is_help=True)
LIST_EXAMPLES = """Examples:

  tamma tasks list --status waiting

  tamma tasks list --json | jq .task
"""
SHOW_EXAMPLES = """Examples:

  tamma tasks show 3F9K2Q

  tamma tasks show 3F9K2Q --transcript | less
"""


@app.command("list", epilog=LIST_EXAMPLES)
@gathered
def list_tasks(
    ctx: typer.Context,
    *,
    status: Annotated[
        list[str] | None, typer.Option("--status", metavar="STATUS", help="Only these; may be repeated.")
    ] = None,
    repo: Annotated[str | None, typer.Option("--repo", metavar="FORGE:PATH", help="Only this repository's.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 50,
    common: Common,
) -> None:
    """List tasks, the newest first."""
    options = joined(ctx, common)

    async def work(boundary: Boundary) -> int:
        selection = TaskFilter(statuses=frozenset(map(_status, status or ())), repository=repo, limit=limit)
        async with open_journal(boundary, Launch(config=options.config)) as store:
            rows = await store.journal.summaries(selection)
        for row in rows:
            if options.as_json:
                boundary.screen.row(_row(row))
            else:
                what = one_line(row.title or row.issue or row.repository, 60)
                boundary.screen.data(
                    f"{row.id}  {row.status.value:<9}  {row.step or '-':<12}  {what}  {one_line(row.reason, 80)}"
                )
        if not rows:
            boundary.screen.say("no tasks")
        return OK

    execute(ctx, work, options)


@app.command("show", epilog=SHOW_EXAMPLES)
@gathered
def show(
    ctx: typer.Context,
    task: TaskName,
    *,
    transcript: Annotated[
        bool, typer.Option("--transcript", help="Everything that the agent was told and did.")
    ] = False,
    common: Common,
) -> None:
    """Show how a task stands, with its plan, its checks and what it waits for."""
    options = joined(ctx, common)

    async def work(boundary: Boundary) -> int:
        async with open_journal(boundary, Launch(config=options.config)) as store:
            name = await find_task(store.journal, task)
            state = await present(store.journal, name)
            turns = await read_turns(store.journal, store.blobs, name) if transcript else []
        if options.as_json:
            plan = state.plan
            more = {"planShown": readable_plan(plan, name=state.plan_hash, version=state.plan_version)} if plan else {}
            talk = {"transcript": list(readable(turns))} if transcript else {}
            boundary.screen.row({**summary(state), **more, **talk})
        else:
            for line in [*_facts(state), *readable(turns)]:
                boundary.screen.data(line)
        return OK

    execute(ctx, work, options)


@app.command("logs")
@gathered
def logs(
    ctx: typer.Context,
    task: TaskName,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the task has ended.")] = False,
    common: Common,
) -> None:
    """Show what a task has told those who watch it."""
    options = joined(ctx, common)

    async def work(boundary: Boundary) -> int:
        async with open_journal(boundary, Launch(config=options.config)) as store:
            name = await find_task(store.journal, task)
            async for line in store.log.follow(name, until_idle=not follow):
                if options.as_json:
                    at = line.at.isoformat()
                    boundary.screen.row(
                        {"seq": line.seq, "at": at, "level": line.level, "step": line.step, "text": line.text}
                    )
                else:
                    boundary.screen.data(
                        f"{line.at:%H:%M:%S} {line.level:<7} {line.step or '-':<12} {one_line(line.text, 2000)}"
                    )
        return OK

    execute(ctx, work, options)


@app.command("cancel")
@gathered
def cancel(
    ctx: typer.Context,
    task: TaskName,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")] = "cancelled at the command line",
    common: Common,
) -> None:
    """End a task for good; what it pushed is left as it is."""
    options = joined(ctx, common)

    async def work(boundary: Boundary) -> int:
        async with open_journal(boundary, Launch(config=options.config)) as store:
            name = await find_task(store.journal, task)
            state = await present(store.journal, name)
            if state.status.ended:
                raise InvalidInput(f"task {name} has ended already: {state.status.value}")
            await store.journal.signal(
                name, [TaskCancelled(by=person(), reason=fit_to_keep(boundary, reason, "`--reason`"))]
            )
            state = await present(store.journal, name)
        if options.as_json:
            boundary.screen.row(summary(state))
        else:
            boundary.screen.data(f"cancelled task {name}")
        return OK

    execute(ctx, work, options)


def _status(word: str) -> TaskStatus:
    try:
        return TaskStatus.RUNNING if word == "in_progress" else TaskStatus(word)
    except ValueError as error:
        known = ", ".join(status.value for status in TaskStatus)
        raise InvalidInput(f"there is no status `{word}`", hint=f"use one of: {known}") from error


def _row(row: TaskSummary) -> JsonRow:
    return {
        "task": row.id,
        "status": row.status.value,
        "step": row.step.value if row.step else None,
        "repository": row.repository,
        "issue": row.issue or None,
        "title": row.title,
        "reason": row.reason,
        "costUsd": row.cost_usd,
        "createdAt": row.created_at.isoformat(),
        "updatedAt": row.updated_at.isoformat(),
        "wakeAt": row.wake_at.isoformat() if row.wake_at else None,
    }


def _facts(state: TaskState) -> Iterator[str]:
    from tamma_core.engine.texts import guard_reasons, verification_text

    reason, hint = reason_and_hint(state)
    facts = {
        "task": state.task.id,
        "title": one_line(title(state)),
        "status": state.status.value,
        "step": state.step.value if state.step else "",
        "repository": str(state.task.repository),
        "issue": state.task.issue.key if state.task.issue else "",
        "branch": state.branch,
        "pull request": state.pull_request.url or f"#{state.pull_request.number}" if state.pull_request else "",
        "commit": state.candidate.sha if state.candidate else "",
        "merged": state.merged.sha if state.merged else "",
        "attempts": f"{state.attempts} of {state.settings.limits.attempts}" if state.attempts else "",
        "spent": f"{state.usage.total_tokens:,} tokens, {money(state)}",
        "commands": commands_line(state),
        "reason": reason,
        "hint": hint,
    }
    for key, value in facts.items():
        if value:
            yield f"{key:<13} {value}"
    if state.plan is not None:
        yield f"\n{readable_plan(state.plan, name=state.plan_hash, version=state.plan_version)}"
    yield from (f"network       {line}" for line in network_lines(state))
    if state.verified is not None:
        yield f"\nverification  {verification_text(state.verified.report)}"
    if state.candidate is not None:
        yield from (f"guard         {reason}" for reason in guard_reasons(state.candidate.guard))
