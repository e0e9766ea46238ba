"""`tamma replay`: run a recorded task again, without the network, and stop at the first difference."""

import contextlib
import difflib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from tamma_core.domain.errors import Defect, InvalidInput
from tamma_core.domain.task import StepName

from tamma_cli.boundary import FAILED, OK, Boundary, execute
from tamma_cli.gathered import gathered
from tamma_cli.offline import offline
from tamma_cli.options import Common, TaskName, joined
from tamma_cli.task_name import find_task
from tamma_cli.terminal_text import one_line
from tamma_cli.wiring import Launch, data_directory, load_configuration, open_journal

if TYPE_CHECKING:
    from tamma_core.record.playing import Differs
    from tamma_core.replay.run import Replayed

EXAMPLES = """Examples:

  tamma replay 3F9K2Q

  tamma replay 3F9K2Q --until plan --json | jq .
"""
_MOST_LINES = 200
_WIDEST = 2000


@gathered
def replay(
    ctx: typer.Context,
    task: TaskName,
    *,
    until: Annotated[
        str | None, typer.Option("--until", metavar="STEP", help="Stop well once this step was replayed.")
    ] = None,
    common: Common,
) -> None:
    """Run a recorded task again, without the network, and stop at the first difference."""
    options = joined(ctx, common)
    last = _step(until)

    async def work(boundary: Boundary) -> int:
        return await _replay(boundary, Launch(config=options.config), task, last)

    execute(ctx, work, options)


def _step(name: str | None) -> StepName | None:
    if name is None:
        return None
    try:
        return StepName(name)
    except ValueError:
        known = ", ".join(f"`{step.value}`" for step in StepName)
        raise InvalidInput(f"there is no step `{name}`", hint=f"use one of: {known}") from None


async def _replay(boundary: Boundary, launch: Launch, name: str, last: StepName | None) -> int:
    from tamma_core.ports.tape import Incomplete
    from tamma_core.record.playing import Differs

    from tamma_cli.replaying import replayed_here

    screen = boundary.screen
    configuration = load_configuration(boundary, launch)
    exchanges = events = claims = 0
    async with open_journal(boundary, launch, configuration) as store:
        task = await find_task(store.journal, name)
        screen.say(f"task {task}: replayed without the network, without a sandbox, on its record")
        running = replayed_here(store, configuration, data_directory(configuration, launch), task)
        try:
            with offline():
                async with contextlib.aclosing(running):
                    async for claim in running:
                        if last is not None and _is_after(claim.step, last):
                            break
                        claims, exchanges, events = claims + 1, exchanges + claim.exchanges, events + len(claim.events)
                        _tell(boundary, claim)
        except Differs as found:
            _tell_difference(boundary, found, claims)
            return FAILED
        except Incomplete as missing:
            raise Defect(missing.message, hint=missing.hint) from missing
    _tell_end(boundary, claims, exchanges, events)
    return OK


def _is_after(step: StepName | None, last: StepName) -> bool:
    order = list(StepName)
    return step is not None and order.index(step) > order.index(last)


def _tell(boundary: Boundary, claim: "Replayed") -> None:
    step = claim.step.value if claim.step else "-"
    if boundary.screen.as_json:
        kinds = [event.type for event in claim.events]
        boundary.screen.row(
            {"claim": claim.epoch, "step": step, "exchanges": claim.exchanges, "events": kinds, "cut": claim.cut}
        )
        return
    cut = ", where its process ended" if claim.cut else ""
    boundary.screen.data(f"{step:<12} {claim.exchanges} exchanges, {len(claim.events)} events: the same{cut}")


def _tell_end(boundary: Boundary, claims: int, exchanges: int, events: int) -> None:
    if boundary.screen.as_json:
        boundary.screen.row({"same": True, "claims": claims, "exchanges": exchanges, "events": events})
        return
    boundary.screen.data(f"the same to the byte: {exchanges} exchanges and {events} events in {claims} claims")


def _tell_difference(boundary: Boundary, found: "Differs", claims: int) -> None:
    lines = list(difference(found))
    if boundary.screen.as_json:
        boundary.screen.row(
            {
                "same": False,
                "claims": claims,
                "what": found.what,
                "expected": found.expected,
                "came": found.came,
                "diff": lines,
            }
        )
    else:
        for line in lines[:_MOST_LINES]:
            boundary.screen.data(one_line(line, _WIDEST) if line.strip() else line)
    more = f" ({len(lines) - _MOST_LINES} more lines with `--json`)" if len(lines) > _MOST_LINES else ""
    boundary.screen.fail(
        f"after {claims} claims that were the same, `{found.what}` differs{more}",
        "`-` is what was recorded, `+` what this Tamma does with its present configuration",
    )


def difference(found: "Differs") -> Iterator[str]:
    """Compare what was recorded with what came, JSON a field a line."""
    return difflib.unified_diff(
        readable(found.expected), readable(found.came), "recorded", "replayed", lineterm="", n=2
    )


def readable(text: str) -> list[str]:
    """Spread the JSON in a text over lines."""
    lines: list[str] = []
    for line in text.splitlines():
        if line[:1] in {"{", "["}:
            with contextlib.suppress(ValueError):
                lines += json.dumps(json.loads(line), indent=1, ensure_ascii=False).splitlines()
                continue
        lines.append(line)
    return lines
