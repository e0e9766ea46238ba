"""`tamma run`: take an issue, or a task in words, to a merged change."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from tamma_core.domain.errors import AlreadyExists, InvalidInput
from tamma_core.domain.record import Record
from tamma_core.domain.repository import IssueFilters, IssueRef
from tamma_core.ports.journal import Journal, TaskFilter, TaskSummary

from tamma_cli import __version__
from tamma_cli.asking import choose
from tamma_cli.boundary import FAILED, Boundary, execute
from tamma_cli.commands.resume import resume_task
from tamma_cli.driving import Driver
from tamma_cli.gathered import gathered
from tamma_cli.keeping import fit_to_keep, look_for_secrets
from tamma_cli.options import Common, Detach, LimitOptions, NoSandbox, Yes, joined
from tamma_cli.outcome import report
from tamma_cli.picker import pick_issue
from tamma_cli.plan_text import readable
from tamma_cli.session import Session
from tamma_cli.submission import file_issue, submit
from tamma_cli.task_name import UNFINISHED
from tamma_cli.wiring import Launch, load_configuration, open_journal, open_session

if TYPE_CHECKING:
    from tamma_cli.target import Target

MAX_TASK_CHARS = 1_000_000
EXAMPLES = """Examples:

  tamma run --issue https://git.example.com/team/shop/issues/12

  tamma run --repo ../shop --issue issues/rounding.md

  tamma run --repo ../shop --task "Totals are rounded down; round half up" --yes

  git log -1 | tamma run --task - --dry-run --json
"""


class Wish(Record, frozen=True, kw_only=True):
    """Hold what the command line asked for."""

    issue: str | None
    repo: str | None
    text: str
    yes: bool
    dry_run: bool
    detach: bool


@gathered
def run(  # noqa: PLR0913 - as many as the command has options
    ctx: typer.Context,
    *,
    issue: Annotated[
        str | None, typer.Option("--issue", "-i", metavar="N|URL|FILE", help="The issue; a Markdown file on plain git.")
    ] = None,
    repo: Annotated[
        str | None, typer.Option("--repo", "-r", metavar="URL|PATH", help="The repository; else the present directory.")
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", "-t", metavar="TEXT|-", help="What is wanted, in words; `-` reads it.")
    ] = None,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop after the plan; change nothing.")] = False,
    detach: Detach = False,
    sandbox: NoSandbox = None,
    limits: LimitOptions,
    common: Common,
) -> None:
    """Take an issue, or a task in words, to a merged change."""
    options = joined(ctx, common)
    launch = Launch(config=options.config, options=limits.layer(), sandbox=sandbox)

    async def work(boundary: Boundary) -> int:
        wish = Wish(issue=issue, repo=repo, text=_text(issue, task), yes=yes, dry_run=dry_run, detach=detach)
        return await _run(boundary, launch, wish)

    execute(ctx, work, options)


def _text(issue: str | None, task: str | None) -> str:
    if issue is not None and task is not None:
        raise InvalidInput("`--issue` and `--task` are both given", hint="give one of them")
    text = sys.stdin.read(MAX_TASK_CHARS + 1) if task == "-" else task or ""
    if task is not None and not text.strip():
        raise InvalidInput("`--task` says nothing", hint="describe what is wanted")
    if len(text) > MAX_TASK_CHARS:
        raise InvalidInput(f"`--task` has more than {MAX_TASK_CHARS:,} characters", hint="say it more briefly")
    return text


async def _run(boundary: Boundary, launch: Launch, wish: Wish) -> int:
    from tamma_config.snapshot import snapshot

    from tamma_cli.target import find_target

    screen = boundary.screen
    screen.say(f"tamma {__version__} · standalone", style="bold")
    configuration = load_configuration(boundary, launch)
    target = await find_target(configuration, repo=wish.repo, issue=wish.issue)
    if wish.issue is None and not wish.text and not screen.interactive:
        raise InvalidInput(
            "there is nothing to do", hint="give `--issue` or `--task`; a list is shown at a terminal only"
        )
    settings = snapshot(configuration, approve_plan=wish.yes, dry_run=wish.dry_run)
    async with (
        open_journal(boundary, launch, configuration) as store,
        open_session(boundary, launch, configuration, store, settings) as session,
    ):
        issue = await _issue(boundary, session, target, wish)
        known = await _known(store.journal, issue)
        if known is None:
            return await _begin(boundary, session, target, issue, wish)
    return await _go_on(boundary, launch, known, detach=wish.detach)


async def _begin(boundary: Boundary, session: Session, target: "Target", issue: IssueRef | None, wish: Wish) -> int:
    screen = boundary.screen
    text = fit_to_keep(boundary, wish.text, "`--task`")
    task = await submit(session, target.repository, issue, text=text)
    screen.say(f"task {task} · {target.repository}{f' · issue {issue.key}' if issue else ''}")
    state = await Driver(session, screen, detach=wish.detach).drive(task)
    if wish.dry_run and state.plan is not None and not screen.as_json:
        screen.data(readable(state.plan, name=state.plan_hash, version=state.plan_version))
    return report(screen, state)


async def _known(journal: Journal, issue: IssueRef | None) -> TaskSummary | None:
    """Answer an unfinished task on the issue."""
    if issue is None:
        return None
    rows = await journal.summaries(TaskFilter(statuses=UNFINISHED, issue=issue, limit=1))
    return rows[0] if rows else None


async def _go_on(boundary: Boundary, launch: Launch, known: TaskSummary, *, detach: bool) -> int:
    """Offer to go on with the task that works on the issue already."""
    because = f": {known.reason}" if known.reason else ""
    said = f"task {known.id} works on this issue already ({known.status.value}{because})"
    if not boundary.screen.interactive:
        raise AlreadyExists(said, hint=f"`tamma resume {known.id}` goes on; `tamma tasks cancel {known.id}` ends it")
    boundary.screen.say(said)
    if await choose("Go on with it?", ("yes", "no")) != "yes":
        return FAILED
    return await resume_task(boundary, launch, known.id, LimitOptions(), detach=detach)


async def _issue(boundary: Boundary, session: Session, target: "Target", wish: Wish) -> IssueRef | None:
    """Answer the issue that was named, or that the person chooses; none for a task in words."""
    if target.issue is not None or wish.text:
        return target.issue
    if target.issue_file is not None:
        look_for_secrets(boundary, target.issue_file)
        return await file_issue(session, target)
    source = await session.ports.forges.issues(target.repository.forge)
    issues = await source.list_issues(target.repository, IssueFilters())
    if not issues:
        raise InvalidInput(f"{target.repository} has no open issue", hint="say what is wanted with `--task`")
    boundary.screen.say(f"{len(issues)} open issues in {target.repository}")
    return (await pick_issue(issues)).ref
