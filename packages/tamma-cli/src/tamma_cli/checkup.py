"""Look at what this machine and its configuration have of what a task needs, without calling anybody."""

import asyncio
import platform
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

from tamma_config.configuration import Configuration
from tamma_core.domain.agent import AgentRole
from tamma_core.domain.errors import ConfigError, TammaError
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Attack
from tamma_core.sandbox.control_groups import ControlGroups, find_control_groups
from tamma_core.sandbox.opening import WALLS, Finding, try_wall

from tamma_cli.boundary import Boundary
from tamma_cli.wiring import Launch, data_directory, load_configuration

OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 39)
ROOM_BYTES = 2 << 30
GIBIBYTE = 1 << 30


class Check(Record, frozen=True, kw_only=True):
    """Tell what was found of one thing; a problem has a hint."""

    name: str
    ok: bool
    found: str
    hint: str = ""


class Wall(Record, frozen=True, kw_only=True):
    """Tell what a sandbox level withstood, and why it is used or not."""

    level: str
    holds: bool
    chosen: bool
    why: str
    hint: str = ""
    attacks: tuple[Attack, ...] = ()


def settings_of(boundary: Boundary, launch: Launch) -> Configuration | TammaError:
    """Load the configuration, or answer what is wrong with it."""
    try:
        return load_configuration(boundary, launch)
    except TammaError as error:
        return error


async def checks(configuration: Configuration | TammaError, launch: Launch) -> AsyncIterator[Check]:
    """Look at one thing after the other, the sandbox left out."""
    ok = sys.version_info[:2] >= OLDEST_PYTHON
    yield Check(name="python", ok=ok, found=platform.python_version(), hint="" if ok else "use Python 3.11 or newer")
    yield await _git()
    if isinstance(configuration, TammaError):
        yield Check(name="configuration", ok=False, found=configuration.message, hint=configuration.hint)
        return
    files = ", ".join(configuration.files) or "no file; defaults and environment"
    yield Check(name="configuration", ok=True, found=files)
    yield _disk(data_directory(configuration, launch))
    for check in _models(configuration):
        yield check
    for check in _forges(configuration):
        yield check


def control_groups() -> tuple[ControlGroups | None, Check]:
    """Look for the kernel's own bounds of commands; where there are none the watchdog's hold, and that is no problem."""
    name, found = "control groups", find_control_groups()
    if isinstance(found, str):
        return None, Check(name=name, ok=True, found=f"none, limits and books by looking: {found}")
    place = found.home.parent
    if not found.bounds:
        return found, Check(
            name=name, ok=True, found=f"bound nothing at {place}, so only commands without a wall get one"
        )
    return found, Check(name=name, ok=True, found=f"bound {' and '.join(found.bounds)}, at {place}")


async def walls(level: str, groups: ControlGroups | None) -> tuple[Wall, ...]:
    """Have every level attack itself, and say which one the configured level means."""
    findings = [await try_wall(name, groups) for name in WALLS]
    wanted = [finding for finding in findings if finding.holds and level in {"auto", finding.level}]
    chosen = wanted[0] if wanted else None
    found = tuple(_wall(finding, chosen, level) for finding in findings)
    why = "asked for: other people's code runs without a wall" if level == "none" else "only by `--sandbox none`"
    return (*found, Wall(level="none", holds=False, chosen=level == "none", why=why))


def _wall(finding: Finding, chosen: Finding | None, level: str) -> Wall:
    if not finding.holds:
        why = finding.problem
    elif finding is chosen:
        why = "the strongest that holds" if level == "auto" else "asked for, and it holds"
    else:
        why = f"it holds; `{chosen.level if chosen else level}` is used"
    if finding.holds and finding.report is not None and finding.report.made_by:
        why += f", made by {finding.report.made_by}"
    return Wall(
        level=finding.level,
        holds=finding.holds,
        chosen=finding is chosen,
        why=why,
        hint=finding.hint,
        attacks=finding.report.attacks if finding.report else (),
    )


async def _git() -> Check:
    program = shutil.which("git")
    if program is None:
        return Check(name="git", ok=False, found="not on PATH", hint="install git 2.39 or newer")
    process = await asyncio.create_subprocess_exec(program, "--version", stdout=asyncio.subprocess.PIPE)
    said = (await process.communicate())[0].decode(errors="replace").strip()
    match = re.search(r"(\d+)\.(\d+)", said)
    ok = match is not None and (int(match[1]), int(match[2])) >= OLDEST_GIT
    return Check(name="git", ok=ok, found=said, hint="" if ok else "install git 2.39 or newer")


def _disk(data: Path) -> Check:
    place = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(place).free
    ok = free >= ROOM_BYTES
    hint = "" if ok else "free some space, or name another place in `store.path`"
    return Check(name="disk", ok=ok, found=f"{free / GIBIBYTE:.1f} GiB free for {data}", hint=hint)


def _models(configuration: Configuration) -> Iterator[Check]:
    for role in AgentRole:
        yield _entry(f"model for {role.value}", partial(_model, configuration, role))


def _model(configuration: Configuration, role: AgentRole) -> str:
    entry = configuration.provider(configuration.provider_for(role))
    key = "with a key" if entry.api_key else "without a key"
    return f"{entry.name}, {entry.model or 'its default model'}, {key}{_within(entry.timeout_seconds)}"


def _forges(configuration: Configuration) -> Iterator[Check]:
    for entry in configuration.platforms():
        yield _entry(f"forge {entry.name}", partial(_forge, configuration, entry.name))


def _forge(configuration: Configuration, name: str) -> str:
    entry = configuration.platform(name)
    return f"{entry.base_url or 'its usual address'}, {'with a token' if entry.token else 'without a token'}{_within(entry.timeout_seconds)}"


def _within(timeout_s: float | None) -> str:
    return "" if timeout_s is None else f", within {timeout_s:g} s"


def _entry(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, found=look())
    except ConfigError as error:
        return Check(name=name, ok=False, found=error.message, hint=error.hint)
