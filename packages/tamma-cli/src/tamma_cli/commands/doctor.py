"""`tamma doctor`: tell whether this machine can be left alone with a repository, and what to do where it cannot."""

from typing import TYPE_CHECKING

import typer
from msgspec import to_builtins
from tamma_core.domain.errors import TammaError

from tamma_cli.boundary import FAILED, OK, Boundary, execute
from tamma_cli.gathered import gathered
from tamma_cli.options import Common, NoSandbox, joined
from tamma_cli.wiring import Launch, level_of

if TYPE_CHECKING:
    from tamma_cli.checkup import Check, Wall

EXAMPLES = """Examples:

  tamma doctor

  tamma doctor --json | jq '.sandbox[] | select(.chosen)'
"""


@gathered
def doctor(ctx: typer.Context, *, sandbox: NoSandbox = None, common: Common) -> None:
    """Check this machine and the configuration without calling anybody; each sandbox level attacks itself."""
    options = joined(ctx, common)

    async def work(boundary: Boundary) -> int:
        from tamma_cli.checkup import checks, control_groups, settings_of, walls

        launch = Launch(config=options.config, sandbox=sandbox)
        configuration = settings_of(boundary, launch)
        groups, bounds = control_groups()
        found = [*[check async for check in checks(configuration, launch)], bounds]
        level = launch.sandbox or "auto" if isinstance(configuration, TammaError) else level_of(configuration, launch)
        tried = await walls(level, groups)
        healthy = all(check.ok for check in found) and any(wall.chosen for wall in tried)
        if boundary.screen.as_json:
            rows = {"checks": to_builtins(found), "sandbox": to_builtins(tried)}
            boundary.screen.row({"healthy": healthy, "level": level, **rows})
        else:
            _print(boundary, found, tried)
        return OK if healthy else FAILED

    execute(ctx, work, options)


def _print(boundary: Boundary, found: "list[Check]", tried: "tuple[Wall, ...]") -> None:
    for check in found:
        boundary.screen.data(f"{'ok' if check.ok else 'PROBLEM':<8} {check.name:<20} {check.found}")
        if check.hint:
            boundary.screen.data(f"{'':<29} hint: {check.hint}")
    for wall in tried:
        word = "chosen" if wall.chosen else "holds" if wall.holds else "no"
        boundary.screen.data(f"{word:<8} {f'sandbox {wall.level}':<20} {wall.why}")
        if wall.hint:
            boundary.screen.data(f"{'':<29} hint: {wall.hint}")
        if wall.attacks:
            withstood = [attack.name for attack in wall.attacks if attack.held]
            boundary.screen.data(f"{'':<29} withstood {len(withstood)} of {len(wall.attacks)}: {', '.join(withstood)}")
        for attack in wall.attacks:
            if not attack.held:
                boundary.screen.data(f"{'':<29} NOT withstood: {attack.name}: {attack.detail}")
