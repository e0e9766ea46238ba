"""Open a sandbox that was seen to hold: the strongest that there is, or the one that was asked for."""

from collections.abc import Callable, Mapping
from typing import Literal

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Sandbox, SandboxReport
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.container.backend import Container
from tamma_core.sandbox.control_groups import ControlGroups, find_control_groups
from tamma_core.sandbox.landlock.backend import Landlock
from tamma_core.sandbox.none import NoSandbox
from tamma_core.sandbox.own_places import OwnPlaces

Level = Literal["auto", "bubblewrap", "landlock", "container", "none"]
Builder = Callable[[ControlGroups | None], Sandbox]
WALLS: Mapping[str, Builder] = {
    "bubblewrap": Bubblewrap,
    "landlock": lambda groups: OwnPlaces(Landlock(groups)),
    "container": lambda _: Container(),
}
"""By name, the strongest first. One that can show nothing elsewhere comes as `OwnPlaces`."""


class Finding(Record, frozen=True, kw_only=True):
    """Tell what came of trying a wall: its report, or why it could not be built."""

    level: str
    sandbox: Sandbox
    report: SandboxReport | None = None
    problem: str = ""
    hint: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether every attack was withstood."""
        return not self.problem


async def try_wall(level: str, groups: ControlGroups | None = None) -> Finding:
    """Build the wall of a level and have it attack itself, each command in a control group if these bound anything."""
    # Moving a process into a group takes the kernel some 14 ms, and a wall ends and counts commands without one.
    sandbox = WALLS[level](groups if groups is not None and groups.bounds else None)
    try:
        report = await sandbox.prove()
    except SandboxUnavailable as error:
        return Finding(level=level, sandbox=sandbox, problem=error.message, hint=error.hint)
    if report.holds:
        return Finding(level=level, sandbox=sandbox, report=report)
    broken = "; ".join(f"{attack.name} ({attack.detail})" for attack in report.attacks if not attack.held)
    return Finding(
        level=level,
        sandbox=sandbox,
        report=report,
        problem=f"`{level}` runs here but does not hold: {broken}",
        hint="run `tamma doctor`, and choose a machine or container in which all attacks are withstood",
    )


async def open_sandbox(level: Level, *, accept_none: bool = False) -> Sandbox:
    """Answer a sandbox of this level after it attacked itself; raise `SandboxUnavailable` when it does not hold.

    `auto` takes the strongest that holds, and none at all only where every wall fails and `accept_none` is given.
    """
    found = find_control_groups()
    groups = None if isinstance(found, str) else found
    if level == "none":
        return await _none(groups, accept_none=accept_none)
    findings: list[Finding] = []
    for name in WALLS if level == "auto" else (level,):
        finding = await try_wall(name, groups)
        if finding.holds:
            return finding.sandbox
        findings.append(finding)
    if level == "auto" and accept_none:
        return await _none(groups, accept_none=True)
    raise SandboxUnavailable("; ".join(finding.problem for finding in findings), hint=findings[0].hint)


async def _none(groups: ControlGroups | None, *, accept_none: bool) -> Sandbox:
    sandbox = OwnPlaces(NoSandbox(groups, accept_risk=accept_none))
    await sandbox.prove()
    return sandbox
