"""`tamma doctor`: tell whether this machine can be left alone with a repository, and what to do where it cannot."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from tamma_cli.boundary import FAILED, OK, Boundary, execute
from tamma_cli.options import AsJson, ConfigFile, Debug, NoSandbox, common
from tamma_cli.wiring import Launch, level_of, load_configuration

if TYPE_CHECKING:
    from tamma_cli.checkup import Check, Wall

EXAMPLES = """Examples:

  tamma doctor

  tamma doctor --json | jq '.sandbox[] | select(.chosen)'
"""


def doctor(
    ctx: typer.Context,
    *,
    sandbox: NoSandbox = None,
    config: ConfigFile = None,
    debug: Debug = False,
    as_json: AsJson = False,
) -> None:
    """Check this machine and the configuration without calling anybody; each sandbox level attacks itself."""
    options = common(ctx, config, debug=debug)

    async def work(boundary: Boundary) -> int:
        from tamma_cli.checkup import checks, walls

        launch = Launch(config=options.config, sandbox=sandbox)
        found = [check async for check in checks(boundary, launch)]
        level = _level(boundary, launch, found)
        tried = await walls(level)
        healthy = all(check.ok for check in found) and any(wall.chosen for wall in tried)
        if as_json:
            boundary.screen.row(
                {
                    "healthy": healthy,
                    "level": level,
                    "checks": [asdict(c) for c in found],
                    "sandbox": [asdict(w) for w in tried],
                }
            )
        else:
            _print(boundary, found, tried)
        return OK if healthy else FAILED

    execute(ctx, work, options, as_json=as_json)


def _level(boundary: Boundary, launch: Launch, found: "list[Check]") -> str:
    """Answer the level that would be used; with a broken configuration, the one that is used by default."""
    if any(check.name == "configuration" and not check.ok for check in found):
        return launch.sandbox or "auto"
    return level_of(load_configuration(boundary, launch), launch)


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
